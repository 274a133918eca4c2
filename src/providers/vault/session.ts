import { Failure, isFailure } from '../../core/failure.js'
import type { Clock } from '../../core/ports.js'
import type { Asked } from './classify.js'
import type { Auth } from './settings.js'

/** Sends one request with the present token, and answers its JSON. Throws Failures. */
export type Ask = (asked: Asked, method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>

/** The token of a connection, kept alive. */
export interface Session {
  /** Logs in, or renews, when it is time. Before every call. */
  ready(): Promise<void>
}

interface Lease {
  readonly until: number
  readonly ttlMs: number
  readonly renewable: boolean
}

/** Runs shorter than this never ask what their token's time to live is. */
const LOOK_UP_AFTER_MS = 30_000
/** Between two tries to renew a token that could not be renewed. */
const TRY_AGAIN_MS = 10_000

/** `use` sets the token for all calls that follow. */
export function openSession(auth: Auth, ask: Ask, use: (token: string) => void, clock: Clock): Session {
  const now = (): number => clock.now().getTime()
  let lease: Lease | 'unknown' | 'logged out' = auth.kind === 'token' ? 'unknown' : 'logged out'
  let nextTry = auth.kind === 'token' ? now() + LOOK_UP_AFTER_MS : 0
  let underWay: Promise<void> | undefined
  if (auth.kind === 'token') use(auth.token)

  const isDue = (): boolean => {
    if (lease === 'logged out') return true
    if (now() < nextTry) return false
    return lease === 'unknown' || (lease.ttlMs > 0 && lease.until - now() < lease.ttlMs / 3)
  }

  const logIn = async (): Promise<void> => {
    const granted = grantOf(await ask(loginAsked(auth), 'POST', loginPath(auth), await credentials(auth)))
    use(granted.token)
    lease = leaseOf(granted, now())
  }

  const refresh = async (): Promise<void> => {
    if (lease === 'logged out') return logIn()
    if (lease === 'unknown') lease = leaseOf(await lookUp(ask), now())
    if (!isDueLease(lease, now())) return
    const renewed = lease.renewable ? await renew(ask) : undefined
    if (renewed !== undefined) lease = leaseOf(renewed, now(), lease.ttlMs)
    if (!isDueLease(lease, now())) return
    // at the end of its longest life a token gets but little more
    if (auth.kind !== 'token') return logIn()
    nextTry = now() + TRY_AGAIN_MS
  }

  return {
    async ready() {
      if (underWay === undefined && !isDue()) return
      underWay ??= refresh().finally(() => {
        underWay = undefined
      })
      await underWay
    },
  }
}

const isDueLease = (lease: Lease, now: number): boolean => lease.ttlMs > 0 && lease.until - now < lease.ttlMs / 3

interface Grant {
  readonly token: string
  readonly seconds: number
  readonly fullSeconds: number
  readonly renewable: boolean
}

const leaseOf = (grant: Grant, now: number, beforeMs = 0): Lease => ({
  until: now + grant.seconds * 1000,
  ttlMs: Math.max(beforeMs, grant.fullSeconds * 1000),
  renewable: grant.renewable,
})

const ENDLESS: Grant = { token: '', seconds: 0, fullSeconds: 0, renewable: false }

/** A token that may not look itself up is used as it is: the call itself will tell. */
async function lookUp(ask: Ask): Promise<Grant> {
  const path = 'auth/token/lookup-self'
  const answer = await unlessRefused(ask({ doing: 'looking the token up', capability: 'read', path }, 'GET', path))
  const data = (answer as { data?: { ttl?: number; creation_ttl?: number; renewable?: boolean } } | undefined)?.data
  if (data?.ttl === undefined) return ENDLESS
  return {
    token: '',
    seconds: data.ttl,
    fullSeconds: data.creation_ttl || data.ttl,
    renewable: data.renewable === true,
  }
}

async function renew(ask: Ask): Promise<Grant | undefined> {
  const path = 'auth/token/renew-self'
  const asked: Asked = { doing: 'renewing the token', capability: 'update', path }
  const answer = await unlessRefused(ask(asked, 'POST', path, {}))
  return answer === undefined ? undefined : grantOf(answer)
}

/** `undefined` when the server refused or could not be reached: the token may still have time left. */
async function unlessRefused(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

function grantOf(answer: unknown): Grant {
  const auth = (answer as { auth?: { client_token?: string; lease_duration?: number; renewable?: boolean } }).auth
  if (typeof auth?.client_token !== 'string')
    throw new Failure('PROTOCOL', { doing: 'logging in to Vault', why: 'the answer holds no token' })
  const seconds = auth.lease_duration ?? 0
  return { token: auth.client_token, seconds, fullSeconds: seconds, renewable: auth.renewable === true }
}

const loginPath = (auth: Auth): string => (auth.kind === 'token' ? '' : `auth/${auth.mount}/login`)

const loginAsked = (auth: Auth): Asked => ({
  doing: `logging in to Vault by ${auth.kind}`,
  capability: 'update',
  path: loginPath(auth),
})

async function credentials(auth: Auth): Promise<object> {
  if (auth.kind === 'approle') return { role_id: auth.roleId, secret_id: auth.secretId }
  return auth.kind === 'kubernetes' ? { role: auth.role, jwt: await auth.jwt() } : {}
}
