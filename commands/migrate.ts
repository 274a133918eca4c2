import type { App, Session } from '../src/app.js'
import type { EnvInput } from '../src/flows/env-input.js'
import { type MigratePlan, type MigrateRequest, planMigrate } from '../src/flows/migrate.js'
import { planFileOf, readPlanFile, refuseStale } from '../src/flows/plan-file.js'
import { renderPlan } from '../src/ui/reports/plan.js'
import { readInputs } from './inputs.js'
import { chooser } from './migrate-choose.js'
import { doneText, jsonOf, viewOf } from './migrate-view.js'
import { run as rollback } from './rollback.js'
import { carryOut, type Ending, takeArgs } from './shared.js'
import { run as validate } from './validate.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const { options } = app.config
  // the old script's spelling: migrate aws --validate, migrate aws --rollback
  if (options.validate === true) return await validate(app, args)
  if (options.rollback === true) return await rollback(app, args)
  takeArgs(args, [], 0, 'migrate')
  const planned = options.plan === undefined ? undefined : await readPlanFile(options.plan, app)
  const inputs = await readInputs(app, planned?.request.dialect)
  const session = await app.open()
  const prepared = await planMigrate(
    {
      ...requestOf(app, inputs),
      ...(planned?.request ?? {}),
      ...(planned === undefined ? {} : { id: planned.plan.id }),
      inputs,
    },
    session.context,
  )
  if (planned !== undefined) refuseStale(planned.plan, prepared.plan)
  const preview = async () => await app.out.result(renderPlan(viewOf(prepared, app, session), app.out.width))
  if (options.out !== undefined) return await writeOut(app, options.out, prepared, inputs, session, preview)
  if (hasConflict(prepared)) return await end(app, session, prepared, 'conflict', preview)
  if (options.plainBackup === true && options.dryRun !== true) await app.plainBackup(inputs.map(({ source }) => source))
  const begun = app.clock.now().getTime()
  const ending = await carryOut(app, session, prepared, preview)
  return await end(app, session, prepared, ending, preview, app.clock.now().getTime() - begun)
}

function requestOf(app: App, inputs: readonly EnvInput[]): MigrateRequest {
  const { options, names, inventory } = app.config
  return {
    inputs,
    names: Object.fromEntries(names),
    onConflict: options.onConflict ?? 'fail',
    rewrite: options.rewrite !== false,
    style: options.referenceStyle ?? 'braces',
    expiresAfterMs: (name) => inventory.get(name)?.rotate?.everyMs,
    ...(options.interactive === true ? { choose: chooser(app) } : {}),
  }
}

const hasConflict = ({ rows }: MigratePlan): boolean => rows.some(({ row }) => row?.action === 'conflict')

async function writeOut(
  app: App,
  path: string,
  prepared: MigratePlan,
  inputs: readonly EnvInput[],
  session: Session,
  preview: () => Promise<void>,
): Promise<number> {
  if (hasConflict(prepared)) return await end(app, session, prepared, 'conflict', preview)
  await app.writeNew(path, planFileOf(prepared.plan, requestOf(app, inputs), inputs[0]?.dialect))
  const code = await end(app, session, prepared, 'planned', preview)
  await app.out.note(`plan written to ${path}\n  do it:  vibesecrets ${app.lineWithout('out')} --plan ${path}`)
  return code
}

async function end(
  app: App,
  session: Session,
  prepared: MigratePlan,
  ending: Ending | 'conflict',
  preview: () => Promise<void>,
  tookMs = 0,
): Promise<number> {
  if (app.isJson) await app.out.json(jsonOf(prepared, app, session, ending))
  else if (ending === 'done') await app.out.result(doneText(prepared, app, session, tookMs))
  else if (ending === 'declined') await app.out.note('nothing was written')
  else await preview()
  return ending === 'conflict' ? 4 : 0
}
