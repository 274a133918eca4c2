import { fileURLToPath } from 'node:url'
import { type RunResult, run } from '../../support/cli.js'
import { tempFolder } from '../../support/temp.js'
import type { Service } from '../../support/txtar.js'
import { server } from './env.js'
import type { Gate } from './gate.js'
import { openAws } from './services-aws.js'
import { openAzure } from './services-azure.js'
import { openGcp } from './services-gcp.js'
import { openK8s } from './services-k8s.js'
import { openLocal } from './services-local.js'
import { openVault } from './services-vault.js'

/** One real service (or its double), with a gate before it, and its own client beside it. Names are without prefix. */
export interface Place {
  /** What the program is told of it. */
  readonly env: Readonly<Record<string, string>>
  /** Before every name, as the service has it. */
  readonly prefix: string
  readonly gate: Gate
  /** Creates or replaces, with the service's own client. */
  put(values: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** The current value, by the service's own client. */
  get(name: string): Promise<Uint8Array | undefined>
  getMany(names: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  /** How many versions the service keeps of a name; missing where it keeps none. */
  versions?(names: readonly string[]): Promise<readonly number[]>
  /** Removes a name for good. */
  destroy(name: string): Promise<void>
  close(): Promise<void>
}

/** Where the program keeps its own things: a place that lives there needs to know. */
export interface Home {
  readonly folder: string
}

export interface Kind {
  /** As on the command line. */
  readonly provider: 'aws' | 'gcp' | 'azure' | 'vault' | 'k8s' | 'local'
  /** What scripts ask for in `[name]` lines. */
  readonly conditions: readonly string[]
  open(home: Home): Promise<Place>
}

/** Abilities that scripts ask for: what is missing here is missing in the service. */
export const kinds = {
  'aws-moto': {
    provider: 'aws',
    conditions: ['aws', 'versions', 'soft-delete', 'labels', 'lists-version', 'network'],
    open: () => openAws(server('TEST_AWS_MOTO')),
  },
  'aws-localstack': {
    provider: 'aws',
    conditions: ['aws', 'versions', 'soft-delete', 'labels', 'lists-version', 'network'],
    open: () => openAws(server('TEST_AWS_LOCALSTACK')),
  },
  gcp: {
    provider: 'gcp',
    conditions: ['versions', 'soft-delete', 'labels', 'lists-version', 'network'],
    open: () => openGcp(),
  },
  azure: {
    provider: 'azure',
    conditions: ['versions', 'soft-delete', 'labels', 'lists-version', 'network'],
    open: () => openAzure(),
  },
  'vault-kv2': {
    provider: 'vault',
    conditions: ['versions', 'soft-delete', 'labels', 'lists-version', 'network'],
    open: () => openVault('secret'),
  },
  'vault-kv1': { provider: 'vault', conditions: ['network'], open: () => openVault('kv1') },
  k8s: { provider: 'k8s', conditions: ['labels', 'lists-version', 'network'], open: () => openK8s() },
  local: {
    provider: 'local',
    conditions: ['versions', 'soft-delete', 'labels', 'lists-version'],
    open: (home) => openLocal(home),
  },
} as const satisfies Record<string, Kind>

export type PlaceName = keyof typeof kinds
export const placeNames = Object.keys(kinds) as PlaceName[]

/** A place with a folder and home of its own, in which the program runs. */
export interface Station {
  readonly name: PlaceName
  readonly provider: string
  readonly place: Place
  readonly folder: string
  /** The built program; pauses between its requests are short. */
  run(args: readonly string[], more?: Readonly<Record<string, string>>): Promise<RunResult>
}

const clock = fileURLToPath(new URL('gate-clock.cjs', import.meta.url))

export async function openStation(name: PlaceName): Promise<Station> {
  const folder = tempFolder(`place-${name}`)
  const kind: Kind = kinds[name]
  const place = await kind.open({ folder })
  const env = { ...place.env, NODE_OPTIONS: `--require=${clock}` }
  return {
    name,
    provider: kind.provider,
    place,
    folder,
    run: (args, more = {}) => run(args, { cwd: folder, env: { ...env, ...more }, timeoutMs: 300_000 }),
  }
}

/** The place as the `seed` and `holds` of a script see it; it opens and ends with the script. */
export function serviceOf(name: PlaceName): Service {
  const kind: Kind = kinds[name]
  const open = new Map<object, Place>()
  const placeOf = (session: object): Place => {
    const place = open.get(session)
    if (place === undefined) throw new Error(`${name} is not open`)
    return place
  }
  return {
    async open(session) {
      const place = await kind.open({ folder: session.home })
      open.set(session, place)
      return { ...place.env, PREFIX: place.prefix }
    },
    async seed(secrets, session) {
      await placeOf(session).put(new Map([...secrets].map(([secret, value]) => [secret, Buffer.from(value)])))
    },
    async read(secret, session) {
      const found = await placeOf(session).get(secret)
      return found === undefined ? undefined : Buffer.from(found).toString()
    },
    async close(session) {
      await open.get(session)?.close()
      open.delete(session)
    },
  }
}
