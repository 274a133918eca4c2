import type { App, Session } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { type MigratePlan, type MigrateRequest, planMigrate } from '../src/flows/migrate.js'
import {
  choicesOf,
  type PlanFile,
  planFileOf,
  plannedChoices,
  readPlanFile,
  refuseStale,
} from '../src/flows/plan-file.js'
import { renderPlan } from '../src/ui/reports/plan.js'
import { shellWord } from '../src/ui/text.js'
import { filesOf, readInputs, rulesOf } from './inputs.js'
import { expiryOf, migrate } from './migrate-apply.js'
import { jsonOf, viewOf } from './migrate-view.js'

interface Planned {
  readonly session: Session
  readonly request: MigrateRequest
  readonly prepared: MigratePlan
}

/** `--out`: the plan as a file, for somebody to look at and to carry out later. Nothing is applied. */
export async function writePlanFile(app: App, path: string, { session, request, prepared }: Planned): Promise<number> {
  const { names, onConflict, rewrite, style } = request
  const { choices } = prepared
  const planned = {
    ...{ names, onConflict, rewrite, style },
    dialect: app.config.options.dialect ?? 'auto',
    files: filesOf(app),
    rules: rulesOf(app),
    ...(choices === undefined ? {} : { choices: plannedChoices(choices) }),
  }
  await app.writeNew(path, planFileOf(prepared.plan, planned, session.context.fingerprintKey))
  if (app.isJson) await app.out.json(jsonOf(prepared, session, 'planned'))
  else await app.out.result(renderPlan(viewOf(prepared, app, session), app.out.width))
  await app.out.note(`plan written to ${path}\n  do it:  vibesecrets migrate --plan ${shellWord(path)}`)
  return 0
}

/** `--plan`: the plan is made again from the same request, and carried out only when it is the same. */
export async function applyPlanFile(app: App, path: string): Promise<number> {
  const planned = readPlanFile(await app.readFile(app.pathOf(path)), path)
  await refuseUsed(app, planned)
  const { request, plan } = planned
  const inputs = await readInputs(app, request.files, request.rules, request.dialect)
  const isNamed = app.config.origins.get('provider')?.from === 'flag'
  const session = await app.open(isNamed ? {} : { like: plan })
  const prepared = await planMigrate(requestOf(app, planned, inputs), session.context)
  refuseStale(planned, prepared.plan, session.context.fingerprintKey)
  return await migrate(app, session, prepared)
}

function requestOf(app: App, { request, plan }: PlanFile, inputs: MigrateRequest['inputs']): MigrateRequest {
  const { names, onConflict, rewrite, style, choices } = request
  return {
    ...{ names, onConflict, rewrite, style },
    id: plan.id,
    inputs,
    expiresAfterMs: expiryOf(app),
    ...(choices === undefined ? {} : { choose: async () => choicesOf(choices) }),
  }
}

async function refuseUsed(app: App, { plan }: PlanFile): Promise<void> {
  const run = (await (await app.runs()).list()).find(({ id }) => id === plan.id)
  if (run === undefined || run.state === 'abandoned') return
  throw new Failure('PLAN_USED', {
    doing: 'carrying out the plan',
    target: run.target,
    why: run.state === 'open' ? `run ${run.id} was begun and is unfinished` : `run ${run.id} has carried it out`,
    hints: [{ what: 'make a new one', command: 'vibesecrets migrate --out <plan>' }],
  })
}
