import type { App, Session } from '../src/app.js'
import { Failure, type Hint } from '../src/core/failure.js'
import { isEmpty, type Plan, type Step } from '../src/core/plan.js'
import type { Prepared } from '../src/flows/context.js'
import { perform } from '../src/flows/perform.js'
import { count } from '../src/ui/text.js'

/** One file a command, all of one shape: options → request → flow → report → exit code. */
export interface CommandModule {
  readonly run: (app: App, args: readonly string[]) => Promise<number>
}

/** Refuses words that the command has no use for; they are not repeated, since they may be a value. */
export function takeArgs(
  args: readonly string[],
  names: readonly string[],
  needed: number,
  command: string,
): readonly (string | undefined)[] {
  const help = [{ what: 'see how it is used', command: `vibesecrets ${command} --help` }]
  if (args.length > names.length)
    throw new Failure('USAGE', {
      doing: command,
      why: names.length === 0 ? 'it takes no words' : `it takes ${names.join(' and ')}, and no more`,
      hints: help,
    })
  if (args.length < needed)
    throw new Failure('USAGE', { doing: command, why: `${names[args.length] ?? 'a word'} is missing`, hints: help })
  return args
}

/** Whether a plan takes something away or replaces it, so that it needs a yes. */
export function destroys(plan: Plan): boolean {
  return plan.stages.flat().some(replaces)
}

const replaces = (step: Step): boolean => {
  if (step.op === 'put' || step.op === 'history') return step.before !== 'absent' && step.before !== 'deleted'
  return step.op === 'remove'
}

export type Ending = 'planned' | 'nothing' | 'declined' | 'done'

/** Shows the plan where a person is asked, asks, and makes it true. A dry run ends before the question. */
export async function carryOut(
  app: App,
  { context }: Session,
  prepared: Prepared,
  preview: () => Promise<void>,
): Promise<Ending> {
  const { plan } = prepared
  await context.sink.emit({ type: 'planned', plan })
  if (isEmpty(plan)) return 'nothing'
  if (app.config.options.dryRun === true) return 'planned'
  refuseReadOnly(context)
  if (!(await agree(app, plan, preview))) return 'declined'
  await perform(prepared, context)
  return 'done'
}

function refuseReadOnly({ provider, identity }: Session['context']): void {
  if (provider.traits.writable) return
  throw new Failure('UNSUPPORTED', {
    doing: 'writing',
    target: identity,
    why: 'the process environment is read-only: writes need a file under it',
    hints: [{ what: 'name the file in vibesecrets.yaml', command: 'providers: { env: { file: .env } }' }],
  })
}

/** A terminal is asked; without one only what adds goes on without `--yes`. */
async function agree(app: App, plan: Plan, preview: () => Promise<void>): Promise<boolean> {
  if (app.config.options.yes === true) return true
  if (app.prompt.isPossible && !app.isJson) {
    await preview()
    return await app.prompt.confirm(`${plan.command}: change ${summaryOf(plan)}?`, { default: false })
  }
  if (!destroys(plan)) return true
  throw new Failure('NO_TERMINAL', {
    doing: doings[plan.command],
    target: plan.target,
    why: 'it would replace or remove what is there, and there is no terminal to ask on',
    hints: [hint('look at it first', `${app.line} --dry-run`), hint('do it unasked', `${app.line} --yes`)],
  })
}

const doings: Record<Plan['command'], string> = {
  migrate: 'migrating to',
  rollback: 'rolling back',
  rotate: 'rotating in',
  restore: 'restoring to',
  copy: 'copying to',
  set: 'setting a secret in',
  delete: 'deleting from',
}

/** "3 writes" for a question. */
export function summaryOf(plan: Plan): string {
  const steps = plan.stages.flat()
  const files = steps.filter(({ op }) => op === 'rewrite-env').length
  const secrets = steps.length - files
  return isEmpty(plan)
    ? 'nothing'
    : [secrets > 0 ? count(secrets, 'secret') : '', files > 0 ? count(files, 'file') : '']
        .filter((part) => part !== '')
        .join(' and ')
}

/** The commands that go on from here, as hints with this run's own provider and options. */
export const hint = (what: string, command: string): Hint => ({ what, command: `vibesecrets ${command}` })
