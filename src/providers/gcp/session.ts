import type { protos, SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { isFailure } from '../../core/failure.js'
import type { Clock, Traits } from '../../core/ports.js'
import type { Request, Send } from '../description.js'
import { classify } from './classify.js'
import { isRead, type Method, methods } from './methods.js'
import type { Choices } from './options.js'
import { ACCESSES, READS, WRITES } from './traits.js'

export type Secret = protos.google.cloud.secretmanager.v1.ISecret
export type SecretVersion = protos.google.cloud.secretmanager.v1.ISecretVersion

/** For each call: its deadline, and none of the SDK's own retries. */
export interface CallOptions {
  readonly timeout: number
  readonly retry: null
}

type Run<T> = (client: SecretManagerServiceClient, options: CallOptions) => Promise<T>

/** One connection. */
export interface Session {
  readonly traits: Traits
  readonly choices: Choices
  readonly clock: Clock
  readonly timeoutMs: number
  /** One request; what it throws is a Failure. */
  ask<T>(method: Method, secret: string | undefined, run: Run<T>): Promise<T>
  /** As `ask`, or `undefined` where the identity may not do this. What it may never do is not asked again. */
  askIfAllowed<T>(method: Method, secret: string | undefined, run: Run<T>): Promise<T | undefined>
  close(): Promise<void>
}

export function openSession(
  client: SecretManagerServiceClient,
  facts: Pick<Session, 'traits' | 'choices' | 'clock' | 'timeoutMs'>,
  send: Send = ({ send: go }) => go(),
): Session {
  const denied = new Set<Method>()
  const allowed = new Set<Method>()
  const options = { timeout: facts.timeoutMs, retry: null }
  const { project } = facts.choices
  let isOpen = false
  /** Without credentials every call of the SDK leaves a rejection behind that nobody can catch: none is made then. */
  const open = async (): Promise<void> => {
    await client.initialize()
    isOpen = true
  }
  const ask: Session['ask'] = (method, secret, run) =>
    send({
      ...requestOf(method, secret),
      send: async () => {
        try {
          await open()
          return await run(client, options)
        } catch (error) {
          throw classify(error, { method, secret, project })
        }
      },
    })
  return {
    ...facts,
    ask,
    askIfAllowed: async (method, secret, run) => {
      if (denied.has(method)) return undefined
      try {
        const answer = await ask(method, secret, run)
        allowed.add(method)
        return answer
      } catch (error) {
        if (!isFailure(error, 'PERMISSION_DENIED')) throw error
        if (!allowed.has(method)) denied.add(method)
        return undefined
      }
    },
    close: async () => {
      if (isOpen) await client.close()
    },
  }
}

function requestOf(method: Method, secret: string | undefined): Omit<Request<never>, 'send'> {
  return {
    doing: methods[method].doing,
    ...(secret !== undefined && { secret }),
    ...(!isRead(method) && { writes: true }),
    quota: method === 'AccessSecretVersion' ? ACCESSES : isRead(method) ? READS : WRITES,
  }
}

export const parentOf = ({ choices }: Session): string => `projects/${choices.project}`
export const pathOf = (session: Session, name: string): string => `${parentOf(session)}/secrets/${name}`
export const versionPath = (session: Session, name: string, which: number | 'latest'): string =>
  `${pathOf(session, name)}/versions/${which}`

/** `projects/1/secrets/db/versions/7` → `7`. */
export const lastPart = (path: string | null | undefined): string => path?.slice(path.lastIndexOf('/') + 1) ?? ''
