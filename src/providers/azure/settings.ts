import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Failure } from '../../core/failure.js'
import type { Settings } from '../description.js'

/** What the operator chose, from environment and config file. */
export interface Choices {
  readonly url: string
  readonly host: string
  readonly principal?: { readonly tenant: string; readonly client: string; readonly secret: string }
  readonly tenant?: string
  readonly client?: string
  readonly authority?: string
  /** The authority is none of Microsoft's, so that theirs cannot vouch for it. */
  readonly isForeignAuthority: boolean
  /** The token goes to this host although it is no vault of Azure. */
  readonly trustsHost: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly ca?: string[]
}

/** Throws CONFIG_INVALID and INSECURE. */
export async function choose(settings: Settings): Promise<Choices> {
  const { env, options } = settings
  const authority = said('authority', httpsUrl(env.AZURE_AUTHORITY_HOST || undefined, 'AZURE_AUTHORITY_HOST'))
  const url = vaultUrl(settings, authority.authority)
  const { host, hostname } = new URL(url)
  const ca = await authoritiesOf(settings)
  return {
    url,
    host,
    ...principalOf(env),
    ...said('tenant', env.AZURE_TENANT_ID || undefined),
    ...said('client', env.AZURE_CLIENT_ID || undefined),
    ...authority,
    isForeignAuthority: authority.authority !== undefined && !isMicrosoft(authority.authority),
    trustsHost: options['verify-host'] === false || isLoopback(hostname),
    tags: tagsOf(options),
    ...(ca && { ca }),
  }
}

function said<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V })
}

type Env = Settings['env']

/** Where the vaults of each of Microsoft's clouds are. */
const CLOUDS: Readonly<Record<string, string>> = {
  'login.microsoftonline.com': 'vault.azure.net',
  'login.chinacloudapi.cn': 'vault.azure.cn',
  'login.partner.microsoftonline.cn': 'vault.azure.cn',
  'login.microsoftonline.us': 'vault.usgovcloudapi.net',
}
const isMicrosoft = (authority: string): boolean => new URL(authority).hostname in CLOUDS

function vaultUrl({ env, options }: Settings, authority: string | undefined): string {
  const url = httpsUrl(env.AZURE_KEYVAULT_URL || text(options, 'url'), 'AZURE_KEYVAULT_URL')
  if (url !== undefined) return url
  const name = env.AZURE_KEY_VAULT_NAME || text(options, 'vault-name')
  if (name === undefined)
    throw new Failure('CONFIG_INVALID', {
      doing: 'connecting to Azure Key Vault',
      why: 'no vault is named',
      hints: [{ what: 'name the key vault', command: 'export AZURE_KEY_VAULT_NAME=my-vault' }],
    })
  if (!/^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/.test(name)) throw wrong('vault-name', 'is not the name of a key vault')
  const suffix = (authority && CLOUDS[new URL(authority).hostname]) ?? 'vault.azure.net'
  return `https://${name.toLowerCase()}.${suffix}`
}

/** Without a path. The SDK sends no token over plain http, not even to this machine. */
function httpsUrl(text: string | undefined, what: string): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text)
    ? new URL(text)
    : URL.canParse(`https://${text}`)
      ? new URL(`https://${text}`)
      : undefined
  if (url === undefined || url.username !== '' || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new Failure('CONFIG_INVALID', { doing: 'connecting to Azure Key Vault', why: `${what} is not an https URL` })
  if (url.protocol === 'https:') return url.origin
  throw new Failure('INSECURE', {
    doing: 'connecting',
    target: url.hostname,
    why: 'its address is plain http, over which no token is sent',
    hints: [{ what: `give ${what} an https address` }],
  })
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function principalOf({ AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret }: Env) {
  return tenant && client && secret ? { principal: { tenant, client, secret } } : {}
}

type Options = Settings['options']

const wrong = (key: string, why: string): Failure =>
  new Failure('CONFIG_INVALID', { doing: 'reading providers.azure', why: `${key}: ${why}` })

function text(options: Options, key: string): string | undefined {
  const value = options[key]
  if (value === undefined || typeof value === 'string') return value || undefined
  throw wrong(key, 'has to be a text')
}

function tagsOf(options: Options): Readonly<Record<string, string>> {
  const value = options['tags'] ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('tags', 'has to be a map of texts')
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]))
}

/** The system's authorities stay trusted: a file adds to them. */
async function authoritiesOf({ options, readFile }: Settings): Promise<string[] | undefined> {
  const path = text(options, 'ca-cert')
  if (path === undefined) return undefined
  const bytes = await readFile(path)
  if (bytes === undefined) throw wrong('ca-cert', `there is no file ${path}`)
  return [...rootCertificates, Buffer.from(bytes).toString('utf8')]
}
