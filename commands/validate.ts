import type { App, Session } from '../src/app.js'
import type { Failure } from '../src/core/failure.js'
import { secretName } from '../src/core/names.js'
import { type CheckRow, exitOfCheck, type ValidateReport, validate } from '../src/flows/validate.js'
import { explain } from '../src/ui/failures.js'
import { type CheckView, type CheckRow as Line, renderCheck } from '../src/ui/reports/check.js'
import { renderGithub } from '../src/ui/reports/github.js'
import { renderJunit } from '../src/ui/reports/junit.js'
import { renderSarif } from '../src/ui/reports/sarif.js'
import { ago, day, mark } from '../src/ui/text.js'
import { VERSION } from '../src/version.js'
import { readInputsIfAny } from './inputs.js'
import { hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'validate')
  const { options, inventory, names } = app.config
  const inputs = await readInputsIfAny(app)
  const required = [...[...inventory.keys()], ...(options.required ?? [])].map((name) => secretName(name))
  const request = { inputs, names: Object.fromEntries(names), required, offline: options.offline === true }
  const session = await app.open({ readOnly: true, offline: request.offline })
  const report = await validate(request, { ...session.context })
  await show(app, session, report)
  return exitOfCheck(report)
}

async function show(app: App, session: Session, report: ValidateReport): Promise<void> {
  const view = viewOf(report, app, session)
  switch (app.config.options.format) {
    case 'json':
      return await app.out.json(jsonOf(report, app, session))
    case 'junit':
      return await app.out.result(renderJunit(view, { suite: `vibesecrets validate ${app.config.provider}` }))
    case 'sarif':
      return await app.out.json(renderSarif(view, { version: VERSION }))
    case 'github':
      return await app.out.result(renderGithub(view))
    default:
      return await app.out.result(renderCheck(view, app.out.width))
  }
}

function viewOf({ rows }: ValidateReport, app: App, session: Session): CheckView {
  const equal = rows.filter(({ state }) => state === 'equal' || state === 'present').length
  const bad = rows.filter(({ state }) => state !== 'equal' && state !== 'present')
  return {
    equal,
    rows: bad.map((row) => lineOf(row, app, session)),
    summary: summary(rows),
    hints: bad.some(({ state }) => state === 'missing' || state === 'differs')
      ? [hint('see what a migrate would do', `migrate ${app.config.provider} --dry-run`)]
      : [],
  }
}

function lineOf(row: CheckRow, app: App, session: Session): Line {
  const place =
    row.file === undefined ? undefined : { file: row.file, ...(row.line === undefined ? {} : { line: row.line }) }
  return {
    state: row.state === 'present' ? 'equal' : row.state,
    name: row.name,
    why: why(row, app, session),
    ...(place === undefined ? {} : { place }),
  }
}

function why(row: CheckRow, app: App, { context }: Session): string {
  const there = app.config.provider
  const { found, failure } = row
  switch (row.state) {
    case 'differs': {
      const version =
        found?.state === 'present'
          ? ` (version ${found.version}${found.createdAt === undefined ? '' : `, changed ${ago(found.createdAt, app.clock.now())}`})`
          : ''
      return `${row.expectedBy ?? 'here'} ${mark(row.here ?? '')}, ${there} ${mark(row.there ?? '')}${version}`
    }
    case 'missing':
      return found?.state === 'deleted'
        ? `in ${there} (deleted${found.deletedAt === undefined ? '' : ` ${ago(found.deletedAt, app.clock.now())}`}${found.recoverableUntil === undefined ? '' : `; can be recovered until ${day(found.recoverableUntil)}`})`
        : `in ${there}`
    case 'extra':
      return `in ${there}, but neither in the file nor in the inventory`
    case 'unchecked':
      return failure === undefined ? '' : failureWhy(failure)
    default:
      return context.identity
  }
}

/** The reason where a failure gives one, else its sentence. */
function failureWhy(failure: Failure): string {
  const { what, why } = explain(failure)
  return why[0] ?? what
}

const words = [
  ['differs', 'differs', 'differ'],
  ['missing', 'missing', 'missing'],
  ['extra', 'extra', 'extra'],
  ['unchecked', 'not checked', 'not checked'],
] as const

function summary(rows: readonly CheckRow[]): string {
  const parts = words.flatMap(([state, one, many]) => {
    const n = rows.filter((row) => row.state === state).length
    return n === 0 ? [] : [`${n} ${n === 1 ? one : many}`]
  })
  if (parts.length > 0) return parts.join(', ')
  return rows.length === 0 ? 'there was nothing to check' : 'everything agrees'
}

function jsonOf({ rows }: ValidateReport, app: App, { context }: Session): object {
  const states = ['equal', 'present', 'differs', 'missing', 'extra', 'unchecked'] as const
  return {
    schema: 'vibesecrets/validate@1',
    target: { provider: app.config.provider, identity: context.identity },
    items: rows.map(({ name, key, file, line, state, here, there, found, failure }) => ({
      name,
      ...(key === undefined ? {} : { key }),
      ...(file === undefined ? {} : { file, line }),
      state,
      ...(here === undefined ? {} : { expected: here }),
      ...(there === undefined ? {} : { found: there }),
      ...(found?.state === 'present' ? { version: found.version } : {}),
      ...(found?.state === 'deleted' ? { deleted: true } : {}),
      ...(failure === undefined ? {} : { code: failure.code, reason: failureWhy(failure) }),
    })),
    summary: Object.fromEntries(states.map((state) => [state, rows.filter((row) => row.state === state).length])),
  }
}
