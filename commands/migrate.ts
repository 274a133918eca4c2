import type { App } from '../src/app.js'
import type { EnvInput } from '../src/flows/env-input.js'
import { type MigrateRequest, planMigrate } from '../src/flows/migrate.js'
import { readInputs } from './inputs.js'
import { expiryOf, hasConflict, migrate } from './migrate-apply.js'
import { chooser } from './migrate-choose.js'
import { applyPlanFile, writePlanFile } from './migrate-plan-file.js'
import { run as rollback } from './rollback.js'
import { takeArgs } from './shared.js'
import { run as validate } from './validate.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const { options } = app.config
  // the old script's spelling: migrate aws --validate, migrate aws --rollback
  if (options.validate === true) return await validate(app, args)
  if (options.rollback === true) return await rollback(app, args)
  takeArgs(args, [], 0, 'migrate')
  if (options.plan !== undefined) return await applyPlanFile(app, options.plan)
  const inputs = await readInputs(app)
  const session = await app.open({ keepsFingerprints: options.out !== undefined })
  const request = requestOf(app, inputs)
  const prepared = await planMigrate(request, session.context)
  if (options.out === undefined || hasConflict(prepared)) return await migrate(app, session, prepared)
  return await writePlanFile(app, options.out, { session, request, prepared })
}

function requestOf(app: App, inputs: readonly EnvInput[]): MigrateRequest {
  const { options, names } = app.config
  return {
    inputs,
    names: Object.fromEntries(names),
    onConflict: options.onConflict ?? 'fail',
    rewrite: options.rewrite !== false,
    style: options.referenceStyle ?? 'braces',
    expiresAfterMs: expiryOf(app),
    ...(options.interactive === true ? { choose: chooser(app) } : {}),
  }
}
