import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../support/cli.js'
import type { Gate } from './gate.js'
import type { Home, Place } from './places.js'

export interface LocalPlace extends Place {
  readonly file: string
  readonly key: string
}

interface Line {
  readonly name: string
  readonly deleted?: string
  readonly versions: readonly { readonly v: number; readonly box: string }[]
}

/**
 * The embedded store. It has no client but the program, so it is read here by its FORMAT.md with Node's own
 * cryptography; what is put there goes through `set`.
 */
export async function openLocal({ folder }: Home): Promise<LocalPlace> {
  const file = join(folder, '.local/state/vibesecrets/store/secrets.jsonl')
  const key = join(folder, '.config/vibesecrets/key')
  const lines = (): Line[] => linesOf(file)
  const read = (name: string) => lines().find((one) => one.name === name)
  const call = async (args: readonly string[], stdin: string | Uint8Array = ''): Promise<void> => {
    const { code, stderr } = await run([...args, '--provider', 'local', '--yes'], { cwd: folder, stdin })
    if (code !== 0) throw new Error(stderr)
  }
  const values = (): Map<string, Uint8Array> => {
    const live = lines().filter(({ deleted }) => deleted === undefined)
    return new Map(live.map((line) => [line.name, opened(storeOf(file), key, line)]))
  }
  return {
    file,
    key,
    prefix: '',
    env: {},
    gate: gateOf(file),
    async put(values) {
      for (const [name, value] of values) await call(['set', name], value)
    },
    get: async (name) => values().get(name),
    getMany: async () => values(),
    versions: async (names) => names.map((name) => read(name)?.versions.length ?? 0),
    destroy: (name) => call(['delete', name]),
    close: async () => undefined,
  }
}

function linesOf(file: string): Line[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1, -2)
    .map((line) => JSON.parse(line) as Line)
}

const storeOf = (file: string): string =>
  (JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '') as { store: string }).store

/** FORMAT.md: a box is nonce, AES-256-GCM text and tag; store, name and version are bound to it. */
function opened(store: string, keyFile: string, { name, versions }: Line): Uint8Array {
  const { v, box } = versions.at(-1) ?? { v: 0, box: '' }
  const root = hkdfSync('sha256', readFileSync(keyFile), new Uint8Array(), 'vibesecrets/1/store', 32)
  const values = createHmac('sha256', Buffer.from(root)).update('vibesecrets/local/1/values').digest()
  const bytes = Buffer.from(box, 'base64')
  const cipher = createDecipheriv('aes-256-gcm', values, bytes.subarray(0, 12), { authTagLength: 16 })
  cipher.setAAD(Buffer.from(JSON.stringify(['vibesecrets/local/1', store, name, v]))).setAuthTag(bytes.subarray(-16))
  return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()])
}

/** There are no requests; a change of the file is what is seen of a write. */
function gateOf(file: string): Gate {
  const seen = (): string => (existsSync(file) ? `${statSync(file).mtimeMs} ${statSync(file).ino}` : '')
  let before = seen()
  const mutating = (): number => (seen() === before ? 0 : 1)
  const impossible = (): never => {
    throw new Error('there is nothing between the program and its own file')
  }
  return {
    counts: () => ({ 'file replaced': mutating() }),
    total: mutating,
    mutating,
    reset() {
      before = seen()
    },
    throttle: impossible,
    fail: (fault) => (fault === undefined ? undefined : impossible()),
  }
}
