import type { BackupHost } from '../backup/host.js'
import {
  DRILL_FILE,
  type Drill,
  type Drills,
  drillsIn,
  type FailedDrill,
  KNOWN_FILE,
  lastDrill,
  readKnown,
  writeDrills,
} from '../backup/known.js'
import { Failure, type FailureCode, isFailure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import { lookUp } from '../engine/look.js'
import type { Context } from './context.js'
import { perform } from './perform.js'
import { planRestore } from './restore.js'
import type { Loaded, Saved } from './restore-input.js'

export { type Drill, type Drills, drillsIn, type FailedDrill, lastDrill }

/** Restores into a scratch store and compares every value of every version. Throws DIFFERS with the names. */
export async function drill(loaded: Loaded, scratch: Context, host: BackupHost, record = true): Promise<Drill> {
  const prepared = await planRestore({ loaded, onConflict: 'fail', names: new Map(), allVersions: true }, scratch)
  await perform(prepared, scratch)
  const wrong = await differing(loaded.secrets, scratch)
  if (wrong.length > 0)
    throw new Failure('DIFFERS', {
      doing: 'the restore drill',
      target: loaded.shown,
      names: wrong,
      why: `${wrong.length} of ${loaded.secrets.length} secrets did not come back as they are in the backup: ${wrong.slice(0, 20).join(', ')}`,
    })
  const { header, held, shown } = loaded
  const at = scratch.clock.now()
  const done: Drill = {
    at,
    file: shown,
    source: header?.source ?? '',
    id: header?.id ?? '',
    counter: header?.counter ?? 0,
    madeAt: header === undefined ? at : new Date(header.time),
    ...held,
  }
  if (record) await host.state.replace(DRILL_FILE, writeDrills({ good: done }))
  return done
}

/** What says nothing about the backup: how the command was typed, and who stopped it. */
const SAYS_NOTHING: ReadonlySet<FailureCode> = new Set(['USAGE', 'NO_TERMINAL', 'INTERRUPTED', 'TERMINATED'])

/** Beside the last one that ended well, so that whoever watches the machine learns of it. */
export async function recordFailedDrill(
  error: unknown,
  file: string,
  { clock, state }: { readonly clock: Context['clock']; readonly state: BackupHost['state'] },
): Promise<void> {
  if (!isFailure(error) || SAYS_NOTHING.has(error.code)) return
  const { good } = await drillsIn(state)
  const failed: FailedDrill = { at: clock.now(), file, code: error.code }
  await state.replace(DRILL_FILE, writeDrills({ ...(good === undefined ? {} : { good }), failed }))
}

/** When the newest backup of a source was made, as far as this machine knows. */
export async function newestKnown(source: string, { state }: Pick<BackupHost, 'state'>): Promise<Date | undefined> {
  const time = readKnown(await state.read(KNOWN_FILE)).get(source)?.time
  return time === undefined ? undefined : new Date(time)
}

async function differing(saved: readonly Saved[], scratch: Context): Promise<SecretName[]> {
  const found = await lookUp(
    scratch,
    saved.map(({ name }) => name),
  )
  const wrong: SecretName[] = []
  for (const one of saved) {
    const there = found.get(one.name)
    const wanted = one.values.at(-1)
    const isCurrent = there?.state === 'present' && wanted !== undefined && there.value.equals(wanted)
    if (!isCurrent || !(await hasHistory(one, scratch))) wrong.push(one.name)
  }
  return wrong
}

async function hasHistory({ name, values }: Saved, { provider }: Context): Promise<boolean> {
  if (values.length === 1 || provider.versions === undefined) return true
  const versions = []
  for await (const { version } of provider.versions(name)) versions.unshift(version)
  if (versions.length !== values.length) return false
  for (const [index, version] of versions.entries()) {
    const there = await provider.read(name, version)
    const wanted = values[index]
    if (there.state !== 'present' || wanted === undefined || !there.value.equals(wanted)) return false
  }
  return true
}
