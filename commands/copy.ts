import picomatch from 'picomatch'
import type { App, Session } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import type { SecretName } from '../src/core/names.js'
import { providerIds } from '../src/core/ports.js'
import { type CopyPlan, planCopy } from '../src/flows/copy.js'
import type { WantedRow } from '../src/flows/migrate-plan.js'
import { type PlanRow, renderPlan } from '../src/ui/reports/plan.js'
import { ago, mark } from '../src/ui/text.js'
import { carryOut, type Ending, hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [from = '', to = ''] = takeArgs(args, ['the source', 'the target'], 2, 'copy')
  const source = await openPlace(app, from, true)
  const session = await openPlace(app, to, false)
  const { context } = session
  if (source.context.identity === context.identity)
    throw new Failure('USAGE', { doing: 'copy', why: 'source and target are the same place' })
  const prepared = await planCopy(
    { source: source.context, wants: wantsOf(app), onConflict: app.config.options.onConflict ?? 'fail' },
    context,
  )
  const conflict = prepared.rows.some(({ action }) => action === 'conflict')
  const show = async (ending: Ending | 'conflict') =>
    await app.out.result(renderPlan(viewOf(prepared, app, source, session, ending), app.out.width))
  const ending = conflict ? ('conflict' as const) : await carryOut(app, session, prepared, () => show('planned'))
  if (app.isJson) await app.out.json(jsonOf(prepared, source, session, ending))
  else await show(ending)
  return conflict ? 4 : 0
}

/** `aws`, `vault@staging`, or `env:<file>`. */
export async function openPlace(app: App, text: string, readOnly: boolean): Promise<Session> {
  if (text.startsWith('env:'))
    return await app.open({ readOnly, as: { provider: 'env', file: text.slice('env:'.length) } })
  const [provider = '', environment] = text.split('@')
  if ((providerIds as readonly string[]).includes(provider))
    return await app.open({ readOnly, as: { provider, ...(environment === undefined ? {} : { environment }) } })
  throw new Failure('USAGE', {
    doing: app.config.command,
    why: `a place is a provider (${providerIds.join(', ')}), a provider@environment, or env:<file>`,
    hints: [hint('for example', `${app.config.command} env:.env aws@production`)],
  })
}

/** `--include` and `--exclude` over names; exclude wins. */
export function wantsOf(app: App): (name: SecretName) => boolean {
  const { include = [], exclude = [] } = app.config.options
  const isIn = include.length === 0 ? () => true : picomatch([...include], { nocase: true })
  const isOut = exclude.length === 0 ? () => false : picomatch([...exclude], { nocase: true })
  return (name) => isIn(name) && !isOut(name)
}

const signs = { add: '+', change: '~', undelete: '~', same: '=', skip: '-', conflict: '!' } as const

function viewOf(prepared: CopyPlan, app: App, source: Session, { context }: Session, ending: Ending | 'conflict') {
  const done = ending === 'done'
  return {
    from: source.context.identity,
    to: context.identity,
    rows: [
      ...prepared.rows.map((row) => rowOf(row, app, context.fingerprintKey)),
      ...prepared.notes.map(
        ({ key, text }): PlanRow => ({ sign: ' ', left: key ?? '', right: '', what: 'note', why: text }),
      ),
    ],
    summary: [summaryOf(prepared.rows)],
    last: done
      ? `written, read back and compared · run ${prepared.plan.id} · go back: vibesecrets rollback ${prepared.plan.id}`
      : lastOf(app, ending),
    hints:
      ending === 'conflict'
        ? [
            hint('keep theirs', 'copy <from> <to> --on-conflict=skip'),
            hint('replace theirs', 'copy <from> <to> --on-conflict=overwrite'),
          ]
        : [],
  }
}

const lastOf = (app: App, ending: Ending | 'conflict'): string =>
  app.config.options.dryRun === true
    ? 'dry run: nothing was written'
    : ending === 'planned'
      ? ''
      : 'nothing was written'

function rowOf({ wanted, action, found }: WantedRow, app: App, key: Uint8Array): PlanRow {
  const changed =
    found.state === 'present' && found.createdAt !== undefined
      ? `, changed ${ago(found.createdAt, app.clock.now())}`
      : ''
  const why =
    found.state === 'present' && action !== 'same'
      ? `there ${mark(found.value.fingerprint(key))}, here ${mark(wanted.value.fingerprint(key))}${changed}`
      : ''
  return { sign: signs[action], left: wanted.name, right: '', what: action, why }
}

function summaryOf(rows: readonly WantedRow[]): string {
  const words = {
    add: 'to add',
    change: 'to change',
    undelete: 'to undelete',
    same: 'same',
    skip: 'skipped',
    conflict: 'conflict',
  } as const
  const counts = new Map<keyof typeof words, number>()
  for (const { action } of rows) counts.set(action, (counts.get(action) ?? 0) + 1)
  return [...counts].map(([action, n]) => `${n} ${words[action]}`).join(', ') || 'nothing to copy'
}

function jsonOf(prepared: CopyPlan, source: Session, { context }: Session, ending: Ending | 'conflict'): object {
  return {
    schema: 'vibesecrets/copy@1',
    source: { identity: source.context.identity },
    target: { provider: context.provider.traits.id, identity: context.identity },
    run: ending === 'done' ? prepared.plan.id : null,
    state: ending,
    items: prepared.rows.map(({ wanted, action }) => ({ name: wanted.name, action })),
    notes: prepared.notes.map(({ code, key, text }) => ({ code, name: key, text })),
    summary: { total: prepared.rows.length, changed: ending === 'done' ? prepared.plan.stages.flat().length : 0 },
  }
}
