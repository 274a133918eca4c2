import type { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Provider } from '../../src/core/ports.js'
import type { Version } from '../../src/core/secret.js'
import { connect } from '../../src/providers/aws/connect.js'
import { type AwsProxy, startAwsProxy } from './aws-proxy.js'
import { awsClient, awsSettings, realPorts } from './conformance-aws.js'
import { text } from './conformance-subject.js'

export const WAIT = 120_000
export type Json = Record<string, unknown>

/** A provider before the strict proxy, and the service's own client beside it. */
export interface Ways {
  readonly proxy: AwsProxy
  readonly provider: Provider
  readonly aws: SecretsManager
  readonly fresh: (hint?: string) => SecretName
  readonly token: () => string
  readonly create: (name: SecretName, value: string, more?: Json, by?: Provider) => Promise<Version>
  /** Requests by action since the last reset. */
  readonly counts: () => Json
  /** A provider of its own, so that what it learns about permissions stays with it. */
  readonly another: (options?: Json) => Promise<Provider>
  readonly deny: (...actions: string[]) => void
}

/** Opened before the first test of a describe block, closed after its last; faults end with the test that made them. */
export function openWays(upstream: () => string): () => Ways {
  let ways: Ways | undefined
  const current = (): Ways => {
    if (ways === undefined) throw new Error('not opened yet')
    return ways
  }
  beforeAll(async () => {
    const proxy = await startAwsProxy({ upstream: upstream() })
    ways = waysOf(proxy, await connect(awsSettings(proxy.url), realPorts), awsClient(proxy.url))
  }, WAIT)
  afterEach(() => current().proxy.fault(undefined))
  afterAll(async () => {
    current().aws.destroy()
    await current().provider.close()
    await current().proxy.close()
  }, WAIT)
  return current
}

let used = 0

function waysOf(proxy: AwsProxy, provider: Provider, aws: SecretsManager): Ways {
  const token = (): string => `detail/${Date.now().toString(36)}/${++used}`
  return {
    proxy,
    provider,
    aws,
    token,
    fresh: (hint = 'detail') => secretName(`vibebox/d${Date.now().toString(36)}/${hint}-${++used}`),
    create: (name, value, more = {}, by = provider) =>
      by.write(name, text(value), { expect: 'absent', token: token(), ...more }),
    counts: () => Object.fromEntries(proxy.counts),
    another: (options = {}) => connect(awsSettings(proxy.url, options), realPorts),
    deny: (...actions) =>
      proxy.fault((action) => (actions.includes(action) ? { type: 'AccessDeniedException' } : undefined)),
  }
}
