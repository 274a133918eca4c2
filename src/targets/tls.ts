import type { ConnectionOptions } from 'node:tls'
import { Failure } from '../core/failure.js'
import type { HostPort } from './url.js'

/** `prefer`: encrypted where the server can, checked by nobody, as libpq and mysql have it. */
export interface Tls {
  readonly mode: 'disable' | 'prefer' | 'require'
  readonly options: ConnectionOptions
}

type ReadFile = (path: string) => Promise<Uint8Array | undefined>

/** `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as libpq reads them; MySQL's `ssl-mode` likewise. */
export async function tlsOf(parameters: ReadonlyMap<string, string>, readFile: ReadFile): Promise<Tls> {
  const mode = modeOf(parameters)
  if (mode === 'disable') return { mode, options: {} }
  const read = async (...names: string[]): Promise<Buffer | undefined> => {
    const path = names.map((name) => parameters.get(name)).find(Boolean)
    return path === undefined || path === 'system' ? undefined : wholeFile(path, readFile)
  }
  const ca = await read('sslrootcert', 'ssl-ca')
  const [cert, key] = [await read('sslcert', 'ssl-cert'), await read('sslkey', 'ssl-key')]
  const isChecked = mode.startsWith('verify') || (mode === 'require' && ca !== undefined)
  const options: ConnectionOptions = {
    rejectUnauthorized: isChecked,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  }
  return { mode: mode === 'prefer' ? mode : 'require', options }
}

const MODES: Readonly<Record<string, string>> = {
  disable: 'disable',
  disabled: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  preferred: 'prefer',
  require: 'require',
  required: 'require',
  'verify-ca': 'verify-ca',
  verify_ca: 'verify-ca',
  'verify-full': 'verify-full',
  verify_identity: 'verify-full',
}

function modeOf(parameters: ReadonlyMap<string, string>): string {
  const text = parameters.get('sslmode') ?? parameters.get('ssl-mode') ?? parameters.get('sslMode')
  const flag = parameters.get('ssl') ?? parameters.get('useSSL')
  if (text === undefined) return flag === 'true' || flag === '1' ? 'verify-full' : 'prefer'
  const mode = MODES[text.toLowerCase()]
  if (mode === undefined) throw new Failure('CONFIG_INVALID', { why: 'the URL asks for an sslmode that nobody knows' })
  return mode
}

async function wholeFile(path: string, readFile: ReadFile): Promise<Buffer> {
  const bytes = await readFile(path)
  if (bytes === undefined) throw new Failure('INPUT_MISSING', { why: `there is no file ${path}` })
  return Buffer.from(bytes)
}

export const isSocket = ({ host }: HostPort): boolean => host.startsWith('/')

/** Nobody listens between this machine and itself. */
export const isNear = (at: HostPort): boolean =>
  isSocket(at) || at.host === 'localhost' || at.host === '::1' || /^127(\.\d+){3}$/.test(at.host)
