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
      why: names.length === 0 ? `${command} takes no words` : `${command} takes ${names.join(' and ')}, and no more`,
      hints: help,
    })
  if (args.length < needed)
    throw new Failure('USAGE', {
      doing: command,
      why: `${command}: ${names[args.length] ?? 'a word'} is missing`,
      hints: help,
    })
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

type Act = () => Promise<void>

/**
 * Shows the plan to the person who is asked, asks, and makes it true. A dry run ends before the question. `before` is
 * done after the yes and before the first write.
 */
export async function carryOut(
  app: App,
  { context }: Session,
  prepared: Prepared,
  preview: Act,
  before?: Act,
): Promise<Ending> {
  const { plan } = prepared
  await context.sink.emit({ type: 'planned', plan })
  if (isEmpty(plan)) return 'nothing'
  if (app.config.options.dryRun === true) return 'planned'
  refuseReadOnly(context)
  if (!(await agree(app, plan, preview))) return 'declined'
  await before?.()
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
async function agree(app: App, plan: Plan, preview: Act): Promise<boolean> {
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
    hints: [hint('look at it first', `${app.typed()} --dry-run`), hint('do it unasked', `${app.typed()} --yes`)],
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

/** "3 secrets and 1 file" for a question. */
function summaryOf(plan: Plan): string {
  const steps = plan.stages.flat()
  const files = steps.filter(({ op }) => op === 'rewrite-env').length
  const secrets = steps.length - files
  return [secrets > 0 ? count(secrets, 'secret') : '', files > 0 ? count(files, 'file') : '']
    .filter((part) => part !== '')
    .join(' and ')
}

/** The state of the world after a command that did not write. */
export const unwritten = (app: App): string =>
  app.config.options.dryRun === true ? 'dry run: nothing was written' : 'nothing was written'

/** The command that goes on from here. */
export const hint = (what: string, command: string): Hint => ({ what, command: `vibesecrets ${command}` })
