import type { App } from '../src/app.js'
import { type SecretName, secretName } from '../src/core/names.js'
import { exitOfCheck, type ValidateReport, validate, validateOffline } from '../src/flows/validate.js'
import { renderCheck } from '../src/ui/reports/check.js'
import { renderGithub } from '../src/ui/reports/github.js'
import { renderJunit } from '../src/ui/reports/junit.js'
import { renderSarif } from '../src/ui/reports/sarif.js'
import { VERSION } from '../src/version.js'
import { readInputsIfAny } from './inputs.js'
import { takeArgs } from './shared.js'
import { jsonOf, viewOf } from './validate-view.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'validate')
  const inputs = await readInputsIfAny(app)
  const request = { inputs, names: Object.fromEntries(app.config.names), required: requiredOf(app) }
  if (app.config.options.offline === true) return await show(app, validateOffline(request), undefined)
  const { context } = await app.open({ readOnly: true })
  return await show(app, await validate(request, context), context.identity)
}

const requiredOf = ({ config: { inventory, options } }: App): SecretName[] =>
  [...inventory.keys(), ...(options.required ?? [])].map((name) => secretName(name))

async function show(app: App, report: ValidateReport, identity: string | undefined): Promise<number> {
  const view = viewOf(report, app)
  switch (app.config.options.format) {
    case 'json':
      await app.out.json(jsonOf(report, app, identity))
      break
    case 'junit':
      await app.out.result(renderJunit(view, { suite: `vibesecrets validate ${app.config.provider}` }))
      break
    case 'sarif':
      await app.out.json(renderSarif(view, { version: VERSION }))
      break
    case 'github':
      await app.out.result(renderGithub(view))
      break
    default:
      await app.out.result(renderCheck(view, app.out.width))
  }
  return exitOfCheck(report)
}
