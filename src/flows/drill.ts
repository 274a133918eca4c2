import type { BackupHost } from '../backup/host.js'
import { DRILL_FILE, type Drill, lastDrill, writeDrill } from '../backup/known.js'
import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import { lookUp } from '../engine/look.js'
import type { Context } from './context.js'
import { perform } from './perform.js'
import { planRestore } from './restore.js'
import type { Loaded, Saved } from './restore-input.js'

export { type Drill, lastDrill }

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
  if (record) await host.state.replace(DRILL_FILE, writeDrill(done))
  return done
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
