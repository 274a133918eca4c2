import type { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { isFailure } from '../../core/failure.js'
import type { Clock, Random, Traits } from '../../core/ports.js'
import type { Request, Send } from '../description.js'
import { type Action, doingOf, isRead } from './actions.js'
import { classify } from './classify.js'
import type { Choices } from './options.js'

/** One connection. */
export interface Session {
  readonly traits: Traits
  readonly choices: Choices
  readonly region: string
  readonly clock: Clock
  readonly random: Random
  /** One request; what it throws is a Failure. */
  ask<T>(action: Action, name: string | undefined, run: (aws: SecretsManager) => Promise<T>): Promise<T>
  /**
   * As `ask`, or `undefined` where the identity may not do this. What it may never do is not asked again: each refusal
   * is a line in somebody's security log.
   */
  askIfAllowed<T>(
    action: Action,
    name: string | undefined,
    run: (aws: SecretsManager) => Promise<T>,
  ): Promise<T | undefined>
}

export function openSession(
  aws: SecretsManager,
  facts: Pick<Session, 'traits' | 'choices' | 'region' | 'clock' | 'random'>,
  send: Send = ({ send: go }) => go(),
): Session {
  const denied = new Set<Action>()
  const allowed = new Set<Action>()
  const ask: Session['ask'] = (action, name, run) =>
    send({
      ...requestOf(action, name),
      send: () =>
        run(aws).catch((error: unknown) => Promise.reject(classify(error, { action, name, region: facts.region }))),
    })
  return {
    ...facts,
    ask,
    askIfAllowed: async (action, name, run) => {
      if (denied.has(action)) return undefined
      try {
        const answer = await ask(action, name, run)
        allowed.add(action)
        return answer
      } catch (error) {
        if (!isFailure(error, 'PERMISSION_DENIED')) throw error
        if (!allowed.has(action)) denied.add(action)
        return undefined
      }
    },
  }
}

function requestOf(action: Action, name: string | undefined): Omit<Request<never>, 'send'> {
  return {
    doing: doingOf(action),
    ...(name !== undefined && { secret: name }),
    ...(!isRead(action) && { writes: true }),
    quota: quotas[action] ?? { key: action, perSecond: 40, burst: 50 },
  }
}

/** The service's own rates, a fifth below them (reference_limits.html). Writes of a value share one. */
const values = { key: 'values', perSecond: 40, burst: 50 }
const quotas: { readonly [A in Action]?: NonNullable<Request<never>['quota']> } = {
  BatchGetSecretValue: { key: 'batch', perSecond: 80, burst: 100 },
  DescribeSecret: { key: 'single', perSecond: 1_000, burst: 1_000 },
  GetSecretValue: { key: 'single', perSecond: 1_000, burst: 1_000 },
  ListSecrets: { key: 'list', perSecond: 80, burst: 100 },
  PutSecretValue: values,
  UpdateSecret: values,
  UpdateSecretVersionStage: values,
}
