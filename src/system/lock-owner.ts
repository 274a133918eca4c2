import { processState } from './host.js'

/** Who holds a lock, as its file says it. */
export interface Owner {
  readonly owner: string
  readonly pid: number
  /** When the process began, in the kernel's ticks: a later process may have its number. */
  readonly start: string
  readonly host: string
  readonly boot: string
  /** The space that `pid` counts in. */
  readonly space: string
  readonly since: string
  readonly token: string
}

export const encodeOwner = (owner: Owner): string => `${JSON.stringify(owner)}\n`

/** `undefined` for what no holder writes: an empty or torn file after a loss of power. */
export function parseOwner(text: string): Owner | undefined {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return undefined
  const field = (name: string): string => {
    const found: unknown = Reflect.get(value, name)
    return typeof found === 'string' ? found : ''
  }
  const pid: unknown = Reflect.get(value, 'pid')
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined
  const [owner, start, host, boot, space, since, token] = [
    field('owner'),
    field('start'),
    field('host'),
    field('boot'),
    field('space'),
    field('since'),
    field('token'),
  ]
  return { owner, pid, start, host, boot, space, since, token }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The mark of a holder whom we cannot see is renewed far more often than this. */
const LEASE_MS = 10 * 60_000

/** Whether a holder is surely gone; `ageMs` is how long ago it renewed its mark. In doubt it is alive. */
export async function isDead(holder: Owner, me: Owner, ageMs: number): Promise<boolean> {
  const sameKernel = holder.boot === me.boot && (me.boot !== '' || holder.host === me.host)
  if (sameKernel && holder.space === me.space) return isGone(holder)
  const restarted = holder.host === me.host && holder.boot !== '' && me.boot !== '' && holder.boot !== me.boot
  return restarted || ageMs > LEASE_MS
}

async function isGone(holder: Owner): Promise<boolean> {
  const now = await processState(holder.pid)
  return !now.alive || (holder.start !== '' && now.start !== '' && holder.start !== now.start)
}
