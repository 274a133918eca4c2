import { type Failure, type Hint, isFailure } from '../core/failure.js'
import type { Provider } from '../core/ports.js'

/** One thing looked at. `unsure` means that it could not be found out, which is never `good`. */
export interface Finding {
  readonly what: string
  readonly state: 'good' | 'bad' | 'unsure'
  readonly why: string
  readonly hint?: Hint
  readonly failure?: Failure
}

/** Reaches the provider the way a command does: who we are there, a listing, and one read. Writes nothing. */
export async function examineProvider(connect: () => Promise<Provider>): Promise<Finding[]> {
  const findings: Finding[] = []
  const provider = await found(findings, 'credentials', async () => {
    const opened = await connect()
    return { result: opened, why: await opened.identity() }
  })
  if (provider === undefined) return findings
  const names = await found(findings, 'list', async () => {
    const all = []
    for await (const { name, state } of provider.list()) if (state === 'present') all.push(name)
    return { result: all, why: all.length === 1 ? '1 secret' : `${all.length} secrets` }
  })
  const [name] = names ?? []
  if (name === undefined) findings.push({ what: 'read', state: 'unsure', why: 'there is no secret to try it on' })
  else
    await found(findings, 'read', async () => {
      await provider.read(name)
      return { result: name, why: `${name} can be read` }
    })
  return findings
}

async function found<T>(
  findings: Finding[],
  what: string,
  look: () => Promise<{ result: T; why: string }>,
): Promise<T | undefined> {
  try {
    const { result, why } = await look()
    findings.push({ what, state: 'good', why })
    return result
  } catch (error) {
    if (!isFailure(error)) throw error
    const [hint] = error.details.hints ?? []
    findings.push({
      what,
      state: isDoubt(error) ? 'unsure' : 'bad',
      why: error.details.why ?? error.code,
      failure: error,
      ...(hint && { hint }),
    })
    return undefined
  }
}

/** A provider that cannot be asked; anything else, a damaged store for example, is wrong and known to be. */
const isDoubt = (failure: Failure): boolean => failure.exit === 69 || failure.exit === 75

/** What each command does to secrets: the least-privilege policies are made from it. */
export const abilities = {
  list: ['list'],
  get: ['read'],
  validate: ['read', 'list'],
  diff: ['read', 'list'],
  migrate: ['read', 'write', 'undelete'],
  set: ['read', 'write', 'undelete'],
  copy: ['read', 'list', 'write', 'undelete'],
  delete: ['read', 'remove', 'undelete'],
  rollback: ['read', 'write', 'remove', 'undelete', 'label'],
  backup: ['read', 'list'],
  restore: ['read', 'list', 'write', 'undelete', 'label'],
} as const
