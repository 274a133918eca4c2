import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Failure } from '../../core/failure.js'
import type { Settings } from '../description.js'
import type { Choices } from './options.js'

/** What the SDK's HTTP handler is made of. Without these it has no time limit and knows neither proxy nor CA file. */
export interface Transport {
  readonly connectionTimeout: number
  readonly requestTimeout: number
  readonly throwOnRequestTimeout: true
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
}

export async function transportOf(settings: Settings, choices: Choices): Promise<Transport> {
  const ca = await authoritiesOf(settings, choices)
  const agent = { keepAlive: true, maxSockets: 32, ...(ca && { ca }) }
  const proxy = choices.proxy !== undefined && !goesDirect(hostOf(choices), settings.env) ? choices.proxy : undefined
  return {
    connectionTimeout: settings.timeoutMs,
    requestTimeout: settings.timeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 32 }),
    httpsAgent: proxy === undefined ? new HttpsAgent(agent) : await proxyAgent(proxy, agent),
  }
}

async function proxyAgent(proxy: string, agent: object): Promise<HttpsAgent> {
  const { HttpsProxyAgent } = await import('hpagent')
  return new HttpsProxyAgent({ ...agent, proxy })
}

/** The system's authorities stay trusted: a bundle adds to them. */
async function authoritiesOf(settings: Settings, { caBundle }: Choices): Promise<string[] | undefined> {
  if (caBundle === undefined) return undefined
  const bytes = await settings.readFile(caBundle)
  if (bytes === undefined)
    throw new Failure('CONFIG_INVALID', { doing: 'reading AWS_CA_BUNDLE', why: `there is no file ${caBundle}` })
  return [...rootCertificates, Buffer.from(bytes).toString('utf8')]
}

const hostOf = ({ endpoint, region }: Choices): string =>
  endpoint === undefined ? `secretsmanager.${region ?? ''}.amazonaws.com` : new URL(endpoint).hostname

/** Whether NO_PROXY names `host`: exactly, as a domain above it, or as `*`. */
export function goesDirect(host: string, env: Settings['env']): boolean {
  const patterns = (env.NO_PROXY || env.no_proxy || '').split(/[\s,]+/).filter(Boolean)
  return patterns.some((pattern) => {
    const domain = pattern.replace(/^\*?\./, '').replace(/:\d+$/, '')
    return pattern === '*' || host === domain || host.endsWith(`.${domain}`)
  })
}

/** Refuses plain http but to this machine: the value and the signature would be readable on the way. */
export function refusePlainHttp(protocol: string | undefined, hostname: string, insecureHttp: boolean): void {
  if (protocol !== 'http:' || insecureHttp || isLoopback(hostname)) return
  throw new Failure('INSECURE', {
    doing: 'connecting',
    target: hostname,
    why: 'its address is plain http',
    hints: [{ what: 'use an https address, or allow it with --insecure-http' }],
  })
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  )
}
