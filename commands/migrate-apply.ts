import type { App, Session } from '../src/app.js'
import type { MigratePlan, MigrateRequest } from '../src/flows/migrate.js'
import { renderPlan } from '../src/ui/reports/plan.js'
import { doneText, jsonOf, viewOf } from './migrate-view.js'
import { carryOut } from './shared.js'

/** The inventory's rotation interval, for services that keep an expiry date. */
export const expiryOf =
  ({ config }: App): NonNullable<MigrateRequest['expiresAfterMs']> =>
  (name) =>
    config.inventory.get(name)?.rotate?.everyMs

/** Whether a value in the store stands against one of the file. */
export const hasConflict = ({ rows }: MigratePlan): boolean => rows.some(({ row }) => row?.action === 'conflict')

/** Shows, asks, writes and reports. */
export async function migrate(app: App, session: Session, prepared: MigratePlan): Promise<number> {
  const preview = async () => await app.out.result(renderPlan(viewOf(prepared, app, session), app.out.width))
  const begun = app.clock.now().getTime()
  const backups: string[] = []
  const before = async () => void backups.push(...(await plainBackups(app, prepared)))
  const ending = hasConflict(prepared) ? 'conflict' : await carryOut(app, session, prepared, preview, before)
  const tookMs = app.clock.now().getTime() - begun
  if (app.isJson) await app.out.json(jsonOf(prepared, session, ending))
  else if (ending === 'done') await app.out.result(doneText(prepared, app, session, { tookMs, backups }))
  else if (ending === 'declined') await app.out.note('nothing was written')
  else await preview()
  return ending === 'conflict' ? 4 : 0
}

/** Copies in clear of the files that will be rewritten, where that was asked for. */
async function plainBackups(app: App, { rows, rewritten, plan }: MigratePlan): Promise<string[]> {
  if (app.config.options.plainBackup !== true) return []
  const paths = new Set(rewritten.map(({ path }) => path))
  const made: string[] = []
  for (const source of new Set(rows.map(({ input }) => input.source))) {
    if (source.path === undefined || !paths.has(source.path)) continue
    const name = await app.plainBackup(source, plan.id)
    if (name !== undefined) made.push(name)
  }
  return made
}
