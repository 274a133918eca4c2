import * as http from 'node:http'
import * as https from 'node:https'
import { Failure } from '../core/failure.js'

type Env = Readonly<Record<string, string | undefined>>

/** The one agent of a connection: keeps its sockets, and goes through the proxy that the environment names. */
export async function agentFor(url: URL, tls: https.AgentOptions, proxy: string | undefined): Promise<http.Agent> {
  const secure = url.protocol === 'https:'
  if (proxy === undefined)
    return secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true })
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent')
  return secure
    ? new HttpsProxyAgent({ keepAlive: true, ...tls, proxy })
    : new HttpProxyAgent({ keepAlive: true, proxy })
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY as curl and Go read them: this machine itself is never behind a proxy. */
export function proxyOf(url: URL, env: Env): string | undefined {
  if (isLoopback(url) || exempt(url, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return undefined
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['http_proxy']
  const found = [...names, 'ALL_PROXY', 'all_proxy'].map((name) => env[name]).find((text) => text)
  if (found === undefined) return undefined
  return found.includes('://') ? found : `http://${found}`
}

function exempt(url: URL, list: string): boolean {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '')
  return entries.some((entry) => entry === '*' || covers(entry.toLowerCase(), url))
}

function covers(entry: string, url: URL): boolean {
  const [, name = '', port] = /^\*?(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (port !== undefined && port !== portOf(url)) return false
  const host = url.hostname.toLowerCase()
  return host === name.replace(/^\./, '') || host.endsWith(name.startsWith('.') ? name : `.${name}`)
}

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80')

export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname)
}

/** Parses an address, and refuses one over which a secret would travel in clear text. */
export function safeUrl(text: string, variable: string, insecureHttp: boolean): URL {
  const url = parse(text, variable)
  if (url.protocol === 'https:' || isLoopback(url) || insecureHttp) return url
  throw new Failure('INSECURE', {
    why: `${variable} is plain http: secrets and token would travel in clear text`,
    target: url.host,
    hints: [{ what: `use https:// in ${variable}, or allow it for this once with --insecure-http` }],
  })
}

function parse(text: string, variable: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const fault =
    url === undefined || !/^https?:$/.test(url.protocol)
      ? 'is not an http(s) address'
      : url.username || url.password
        ? 'must not hold a user or a password'
        : undefined
  if (url !== undefined && fault === undefined) return url
  throw new Failure('CONFIG_INVALID', { why: `${variable} ${fault}` })
}
