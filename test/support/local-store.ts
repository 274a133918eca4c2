import { join } from 'node:path'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Clock, Provider, Random } from '../../src/core/ports.js'
import { SecretValue, type Version } from '../../src/core/secret.js'
import { connect, type LocalPorts, type LocalSettings } from '../../src/providers/local/connect.js'
import type { Disk } from '../../src/providers/local/disk.js'
import { systemDisk } from '../../src/system/disk.js'
import { hostFacts } from '../../src/system/host.js'
import { systemRandom } from '../../src/system/random.js'
import { tempFolder } from './temp.js'

/** A clock that stands until it is moved. */
export function standingClock(start = '2026-01-02T03:04:05.000Z'): Clock & { pass(ms: number): void } {
  let now = Date.parse(start)
  return {
    now: () => new Date(now),
    async sleep(ms) {
      now += ms
      await new Promise((done) => setTimeout(done, 1))
    },
    pass(ms) {
      now += ms
    },
  }
}

/** The same bytes in every run, and never the same twice. */
export function countingRandom(): Random {
  let count = 0
  return (length) => {
    count++
    return Uint8Array.from({ length }, (_, index) => (count * 31 + index * 7) & 0xff)
  }
}

export const fixedKey =
  (fill: number): LocalPorts['keys'] =>
  async () => ({ key: () => new Uint8Array(32).fill(fill) })

export interface LocalWorld {
  readonly folder: string
  readonly file: string
  readonly clock: ReturnType<typeof standingClock>
  readonly disk: Disk
  open(settings?: Partial<LocalSettings>, ports?: Partial<LocalPorts>): Promise<Provider>
}

/** A folder for a local store, and as many providers over it as a test wants. */
export async function localWorld(folder = join(tempFolder(), 'store')): Promise<LocalWorld> {
  const clock = standingClock()
  const disk = systemDisk({ clock, host: await hostFacts(process.pid) })
  const ports: LocalPorts = { clock, random: systemRandom, keys: fixedKey(1), disk }
  const open = (settings: Partial<LocalSettings> = {}, more: Partial<LocalPorts> = {}) =>
    connect({ folder, ...settings }, { ...ports, ...more })
  return { folder, file: join(folder, 'secrets.jsonl'), clock, disk, open }
}

export const name = (text: string): SecretName => secretName(text)
export const text = (value: string): SecretValue => SecretValue.fromText(value)

let tokens = 0
/** Writes over whatever is there. */
export async function put(provider: Provider, key: string, value: string | Uint8Array): Promise<Version> {
  const found = await provider.read(name(key))
  const expect = found.state === 'present' ? found.version : found.state
  const secret = typeof value === 'string' ? text(value) : SecretValue.fromBytes(value)
  return provider.write(name(key), secret, { expect, token: `put-${++tokens}` })
}

/** What a name holds: its value, or `absent` or `deleted`. */
export async function held(provider: Provider, key: string): Promise<string> {
  const found = await provider.read(name(key))
  return found.state === 'present' ? found.value.reveal() : found.state
}
