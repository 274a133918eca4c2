import type { AgentOptions } from 'node:https'
import { Failure } from '../../core/failure.js'
import { safeUrl } from '../agent.js'
import type { Settings } from '../description.js'
import { trimSlashes } from './paths.js'

/** How a token is come by. */
export type Auth =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'approle'; readonly mount: string; readonly roleId: string; readonly secretId?: string }
  | { readonly kind: 'kubernetes'; readonly mount: string; readonly role: string; readonly jwt: () => Promise<string> }

export interface VaultSettings {
  readonly address: URL
  readonly namespace: string
  readonly mount: string
  readonly kvVersion: 1 | 2 | undefined
  readonly auth: Auth
  readonly tls: AgentOptions
  readonly timeoutMs: number
  /** A name below the usual prefix, to ask what the token may do there. */
  readonly probe: string
}

const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
type Pick = (variable: string, option?: string) => string | undefined

/** Reads the environment that was handed in, then the config file. Throws CONFIG_INVALID, INSECURE, UNAUTHENTICATED. */
export async function readSettings(settings: Settings): Promise<VaultSettings> {
  const pick = picker(settings)
  refuseSkipVerify(pick)
  const address = pick('VAULT_ADDR', 'address')
  if (address === undefined)
    throw new Failure('CONFIG_INVALID', { why: 'VAULT_ADDR is not set', hints: [ADDRESS_HINT] })
  return {
    address: safeUrl(address.replace(/\/+$/, ''), 'VAULT_ADDR', settings.insecureHttp),
    namespace: trimSlashes(pick('VAULT_NAMESPACE', 'namespace') ?? ''),
    mount: trimSlashes(pick('VAULT_PATH', 'path') ?? 'secret'),
    kvVersion: kvVersionOf(pick('VAULT_KV_VERSION', 'kv-version')),
    auth: await authOf(settings, pick),
    tls: await tlsOf(settings, pick),
    timeoutMs: settings.timeoutMs,
    probe: `${pick('VAULT_PREFIX') ?? 'vibebox/'}probe`,
  }
}

const ADDRESS_HINT = { what: 'say where Vault is', command: 'export VAULT_ADDR=https://vault.example.com' }

function picker(settings: Settings): Pick {
  return (variable, option) => {
    const fromFile = option === undefined ? undefined : settings.options[option]
    const text = settings.env[variable] || (fromFile === undefined ? undefined : String(fromFile))
    return text === '' ? undefined : text
  }
}

/** node-vault would switch verification off for it; a token would go to whoever answers. */
function refuseSkipVerify(pick: Pick): void {
  const text = pick('VAULT_SKIP_VERIFY')
  if (text === undefined || /^(0|f|false)$/i.test(text)) return
  throw new Failure('INSECURE', {
    why: 'VAULT_SKIP_VERIFY switches the check of the certificate off',
    hints: [{ what: 'name the certificate authority instead', command: 'export VAULT_CACERT=/path/to/ca.pem' }],
  })
}

function kvVersionOf(text: string | undefined): 1 | 2 | undefined {
  if (text === undefined) return undefined
  const digits = text.replace(/^v/i, '')
  if (digits === '1') return 1
  if (digits === '2') return 2
  throw new Failure('CONFIG_INVALID', { why: 'VAULT_KV_VERSION is neither 1 nor 2' })
}

/** What was said outright wins over what lies about: a token, AppRole, Kubernetes, then the file of `vault login`. */
async function authOf(settings: Settings, pick: Pick): Promise<Auth> {
  const token = pick('VAULT_TOKEN')
  if (token !== undefined) return { kind: 'token', token: token.trim() }
  const roleId = pick('VAULT_ROLE_ID', 'role-id')
  if (roleId !== undefined) return appRole(pick, roleId)
  const role = pick('VAULT_KUBERNETES_ROLE', 'kubernetes-role')
  if (role !== undefined) return kubernetes(settings, pick, role)
  const kept = await tokenFile(settings)
  if (kept !== undefined) return { kind: 'token', token: kept }
  throw new Failure('UNAUTHENTICATED', {
    why: 'there is no VAULT_TOKEN, no ~/.vault-token, no VAULT_ROLE_ID and no VAULT_KUBERNETES_ROLE',
    hints: [{ what: 'log in', command: 'vault login' }],
  })
}

function appRole(pick: Pick, roleId: string): Auth {
  const secretId = pick('VAULT_SECRET_ID')
  const mount = trimSlashes(pick('VAULT_APPROLE_MOUNT', 'approle-mount') ?? 'approle')
  return { kind: 'approle', mount, roleId, ...(secretId === undefined ? {} : { secretId }) }
}

function kubernetes(settings: Settings, pick: Pick, role: string): Auth {
  const file = pick('VAULT_KUBERNETES_TOKEN_FILE', 'kubernetes-token-file') ?? POD_TOKEN
  const mount = trimSlashes(pick('VAULT_KUBERNETES_MOUNT', 'kubernetes-mount') ?? 'kubernetes')
  return { kind: 'kubernetes', mount, role, jwt: async () => (await fileText(settings, file, 'the pod token')).trim() }
}

async function tokenFile(settings: Settings): Promise<string | undefined> {
  if (settings.home === undefined) return undefined
  const bytes = await settings.readFile(`${settings.home}/.vault-token`)
  const text = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8').trim()
  return text === '' ? undefined : text
}

async function tlsOf(settings: Settings, pick: Pick): Promise<AgentOptions> {
  const file = async (variable: string, option: string): Promise<string | undefined> => {
    const path = pick(variable, option)
    return path === undefined ? undefined : fileText(settings, path, variable)
  }
  const ca = await file('VAULT_CACERT', 'ca-cert')
  const cert = await file('VAULT_CLIENT_CERT', 'client-cert')
  const key = await file('VAULT_CLIENT_KEY', 'client-key')
  const servername = pick('VAULT_TLS_SERVER_NAME', 'tls-server-name')
  const all = { ca, cert, key, servername }
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text !== undefined))
}

async function fileText(settings: Settings, path: string, what: string): Promise<string> {
  const bytes = await settings.readFile(path)
  if (bytes === undefined) throw new Failure('CONFIG_INVALID', { why: `${what}: there is no file ${path}` })
  return Buffer.from(bytes).toString('utf8')
}
