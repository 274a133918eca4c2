import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets'
import { Failure } from '../../core/failure.js'
import type { Clock, Traits } from '../../core/ports.js'
import type { Send } from '../description.js'
import { classify, ofStatusAlone, retryAfterMs } from './classify.js'
import { isRead, type Operation, operations } from './operations.js'
import type { Choices } from './settings.js'
import { OTHERS } from './traits.js'

/** What the SDK lets stand between itself and the network. */
export type Policy = NonNullable<SecretClientOptions['additionalPolicies']>[number]['policy']

/** One connection. */
export interface Session {
  readonly traits: Traits
  readonly choices: Choices
  readonly clock: Clock
  readonly timeoutMs: number
  readonly client: SecretClient
  readonly send: Send
  /** One call of the SDK; what it throws is a Failure. Its requests go through the policy below. */
  ask<T>(operation: Operation, secret: string | undefined, run: (client: SecretClient) => Promise<T>): Promise<T>
}

export function openSession(facts: Omit<Session, 'ask'>): Session {
  const { host } = facts.choices
  return {
    ...facts,
    ask: (operation, secret, run) =>
      run(facts.client).catch((error: unknown) => Promise.reject(classify(error, { operation, secret, host }))),
  }
}

export const straight: Send = ({ send }) => send()

/**
 * Stands between the SDK and the network: some of its calls make several requests, and each is paced, timed and tried
 * again by itself. Only a new version is not: it would come into being twice, and who writes it looks before.
 */
export function pacing(send: Send, timeoutMs: number, host: string): Policy {
  return {
    name: 'vibesecrets-pacing',
    sendRequest(request, next) {
      if (request.method === 'PUT') return next(timed(request, timeoutMs))
      const operation = operationOf(request.method, new URL(request.url).pathname)
      return send({
        doing: operations[operation].doing,
        ...(!isRead(operation) && { writes: true }),
        quota: OTHERS,
        send: async () => {
          const answer = await next(timed(request, timeoutMs)).catch((error: unknown) =>
            Promise.reject(classify(error, { operation, host })),
          )
          const wait = retryAfterMs((name) => answer.headers.get(name))
          const passing = ofStatusAlone(answer.status, wait, { operation, host })
          if (passing !== undefined) throw new Failure(passing[0], { target: host, ...passing[1] })
          return answer
        },
      })
    },
  }
}

/** A deadline of our own: the SDK leaves the timer of its own behind when a request fails, and the process would wait. */
export function timed<T extends Parameters<Policy['sendRequest']>[0]>(request: T, timeoutMs: number): T {
  request.abortSignal = AbortSignal.timeout(timeoutMs)
  return request
}

function operationOf(method: string, path: string): Operation {
  if (method === 'DELETE') return 'delete'
  if (method === 'PATCH') return 'update'
  if (method === 'POST') return 'recover'
  if (/^\/deletedsecrets\/./.test(path)) return 'getDeleted'
  return /^\/(?:deleted)?secrets\/?$|\/versions\/?$/.test(path) ? 'list' : 'get'
}
