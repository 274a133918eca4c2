import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Lane, must } from './lane.js'
import { runsOf, snapshotOf } from './snapshot.js'
import { injecting } from './strace.js'

/** A command that changes something, and the machine that it is typed on. */
export interface Scenario {
  readonly name: string
  readonly args: readonly string[]
  readonly stdin?: string
  prepare(lane: Lane): Promise<void>
  /** Values that the file or the store holds at every moment. */
  readonly always: readonly string[]
  /** What a secret may show between before and after, where a step makes several versions of it, one after another. */
  readonly between?: Readonly<Record<string, RegExp>>
  /** Whether the disk is also full at each call, and not only in the middle of each write. */
  readonly fillsDisk?: true
  /** What takes it back afterwards: the newest run that can be, the run itself by its id, or nothing. */
  readonly back: 'newest' | 'by-id' | 'none'
}

/** No output may ever hold one of these. */
export const VALUES = {
  database: 'postgres://app:crash-database-pw@db/app',
  jwt: 'crash-jwt-0123456789abcdef',
  stripe: 'crash-stripe-sk-51abcdef',
  old: 'crash-old-value-77aa',
  fresh: 'crash-new-value-99bb',
} as const

const ENV_FILE = `# the application
export DATABASE_URL=${VALUES.database}
JWT_SECRET="${VALUES.jwt}"   # signs tokens
PORT=3000

STRIPE_SECRET_KEY='${VALUES.stripe}'
`
const MIGRATED = [VALUES.database, VALUES.jwt, VALUES.stripe]
const MIGRATE = ['migrate', 'local', '--yes']

const writeEnv = (lane: Lane, name: string): void =>
  writeFileSync(join(lane.work, name), ENV_FILE, { mode: 0o640, flag: 'wx' })

async function put(lane: Lane, name: string, stdin: string): Promise<void> {
  await must(lane, ['set', 'local', name, '--yes'], { stdin })
}

/** Migrate, killed when everything was meant and nothing was written: `recover` then has all of it to do. */
async function killMigrate(lane: Lane): Promise<void> {
  writeEnv(lane, '.env')
  const { code } = await lane.run(MIGRATE, { under: injecting(lane.log, 'rename', 4, 'kill') })
  const [run] = await runsOf(lane)
  const { secrets } = await snapshotOf(lane)
  if (code === 137 && run?.progress.intended.size === 3 && Object.keys(secrets).length === 0) return
  throw new Error('migrate was to be killed at the writing of the store, which is its 4th rename no longer')
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'migrate',
    args: MIGRATE,
    prepare: async (lane) => writeEnv(lane, '.env'),
    always: MIGRATED,
    fillsDisk: true,
    back: 'newest',
  },
  {
    name: 'rollback',
    args: ['rollback', '--yes'],
    async prepare(lane) {
      writeEnv(lane, '.env')
      await must(lane, MIGRATE)
    },
    always: MIGRATED,
    back: 'none',
  },
  {
    name: 'set',
    args: ['set', 'local', 'api-key', '--yes'],
    stdin: VALUES.fresh,
    prepare: (lane) => put(lane, 'api-key', VALUES.old),
    always: [],
    back: 'by-id',
  },
  {
    name: 'delete',
    args: ['delete', 'local', 'api-key', '--yes'],
    prepare: (lane) => put(lane, 'api-key', VALUES.old),
    always: [],
    back: 'by-id',
  },
  {
    name: 'copy',
    args: ['copy', 'env:source.env', 'local', '--on-conflict', 'overwrite', '--yes'],
    async prepare(lane) {
      writeEnv(lane, 'source.env')
      await put(lane, 'jwt-secret', VALUES.old)
    },
    always: MIGRATED,
    back: 'newest',
  },
  { name: 'recover', args: ['recover'], prepare: killMigrate, always: MIGRATED, back: 'newest' },
]
