import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from '../../support/temp.js'
import { server } from './env.js'
import { type HttpGate, openHttpGate } from './gate.js'
import type { Place } from './places.js'
import { freshPrefix } from './services-prefix.js'

export interface K8sPlace extends Place {
  readonly gate: HttpGate
  /** Of the Secret that holds all names. */
  readonly secret: string
  /** A kubeconfig that leads through the gate as somebody else. */
  readonly kubeconfigFor: (token: string) => string
}

/** kubectl, with nothing of ours between. */
export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const all = ['--kubeconfig', server('TEST_KUBECONFIG'), ...args]
  const call = promisify(execFile)(server('TEST_KUBECTL'), all, { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 })
  call.child.stdin?.end(input)
  return (await call).stdout
}

const status = (code: number, reason: string): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: '' })

/** The API server behind a gate; every place has a Secret of its own. */
export async function openK8s(): Promise<K8sPlace> {
  const { url, ca } = cluster()
  const gate = await openHttpGate({
    upstream: url,
    tls: { ca },
    kindOf: (method, path) => `${method} ${/\/(secrets|namespaces|pods)\b/.exec(path)?.[1] ?? path}`,
    mutates: (method) => method !== 'GET',
    answers: {
      forbidden: { status: 403, body: status(403, 'Forbidden') },
      throttled: { status: 429, body: status(429, 'TooManyRequests') },
      unavailable: { status: 503, body: status(503, 'ServiceUnavailable') },
    },
  })
  const folder = tempFolder('kubeconfig')
  const kubeconfigFor = (token: string): string => {
    const path = join(folder, `${token.slice(-16)}.json`)
    writeFileSync(path, kubeconfig(gate.url, token), { mode: 0o600 })
    return path
  }
  const secret = `vibebox-${freshPrefix()}`
  return {
    gate,
    secret,
    kubeconfigFor,
    prefix: '',
    env: { KUBECONFIG: kubeconfigFor('admin-token'), K8S_SECRET_NAME: secret, K8S_SECRET_NAMESPACE: 'default' },
    async put(values) {
      if ((await dataOf(secret)) === undefined) await kubectl(['create', 'secret', 'generic', secret])
      const data = [...values].map(([name, value]) => [name, Buffer.from(value).toString('base64')])
      await patch(secret, { data: Object.fromEntries(data) })
    },
    async get(name) {
      const text = (await dataOf(secret))?.[name]
      return text === undefined ? undefined : Buffer.from(text, 'base64')
    },
    async getMany(names) {
      const data = (await dataOf(secret)) ?? {}
      const there = names.filter((name) => data[name] !== undefined)
      return new Map(there.map((name) => [name, Buffer.from(data[name] ?? '', 'base64')]))
    },
    destroy: (name) => patch(secret, { data: { [name]: null } }),
    async close() {
      await kubectl(['delete', 'secret', secret, '--ignore-not-found'])
      await gate.close()
    },
  }
}

const patch = async (secret: string, change: object): Promise<void> => {
  await kubectl(['patch', 'secret', secret, '--type=merge', '-p', JSON.stringify(change)])
}

async function dataOf(secret: string): Promise<Record<string, string> | undefined> {
  const said = await kubectl(['get', 'secret', secret, '-o', 'json', '--ignore-not-found'])
  return said === '' ? undefined : ((JSON.parse(said) as { data?: Record<string, string> }).data ?? {})
}

function cluster(): { readonly url: string; readonly ca: Buffer } {
  const text = readFileSync(server('TEST_KUBECONFIG'), 'utf8')
  const found = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
  return { url: found(/server: "?(https:[^",}\s]+)/), ca: readFileSync(found(/certificate-authority: ([^,}\s]+)/)) }
}

function kubeconfig(address: string, token: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: address } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'ctx',
  })
}
