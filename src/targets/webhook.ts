import { createHmac } from 'node:crypto'
import { Failure } from '../core/failure.js'
import type { Clock, Hook } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { isNear } from './tls.js'

export interface WebhookPorts {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Signs what is sent, so that the receiver knows who sent it. */
  readonly key?: SecretValue
}

/**
 * Tells an address what happened: event and facts, never values. With a key, `X-Vibesecrets-Signature` is `sha256=`
 * and the HMAC of `<X-Vibesecrets-Timestamp>.<body>`, in hex.
 */
export function webhookHook(address: string, ports: WebhookPorts): Hook {
  const url = safe(address)
  return {
    describe: () => `tell ${url.host}`,
    async call({ event, facts }) {
      const body = JSON.stringify({ ...facts, event })
      const status = await post(url, body, ports)
      if (status < 200 || status > 299)
        throw new Failure('NOT_CONFIRMED', { target: url.host, why: `it answered ${status}` })
      return { stdout: SecretValue.fromText(''), said: '' }
    },
  }
}

function safe(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Failure('CONFIG_INVALID', { why: 'the address of the webhook is no http(s) address' })
  if (url.protocol === 'https:' || isNear({ host: url.hostname.replace(/^\[|\]$/g, '') })) return url
  throw new Failure('INSECURE', { target: url.host, why: 'the address of the webhook is plain http' })
}

/** A redirect is an answer, not followed. */
async function post(url: URL, body: string, ports: WebhookPorts): Promise<number> {
  try {
    const signal = AbortSignal.timeout(ports.timeoutMs)
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: headersOf(body, ports),
      redirect: 'manual',
      signal,
    })
    await answer.arrayBuffer()
    return answer.status
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    const why = timedOut ? 'it did not answer in time' : 'it could not be reached'
    throw new Failure(timedOut ? 'TIMEOUT' : 'UNAVAILABLE', { target: url.host, why, mayHaveHappened: true })
  }
}

function headersOf(body: string, { clock, key }: WebhookPorts): Record<string, string> {
  const type = { 'Content-Type': 'application/json' }
  if (key === undefined) return type
  const at = String(Math.floor(clock.now().getTime() / 1000))
  const signature = createHmac('sha256', key.revealBytes()).update(`${at}.${body}`).digest('hex')
  return { ...type, 'X-Vibesecrets-Timestamp': at, 'X-Vibesecrets-Signature': `sha256=${signature}` }
}
