import type { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { type SecretName, secretName } from '../../../src/core/names.js'
import { parallel } from '../../../src/providers/parallel.js'
import { type AwsProxy, startAwsProxy } from '../../support/aws-proxy.js'
import { awsClient, readOutside } from '../../support/conformance-aws.js'
import type { Fault, Gate } from './gate.js'
import type { Place } from './places.js'
import { freshPrefix } from './services-prefix.js'

export interface AwsPlace extends Place {
  readonly proxy: AwsProxy
  readonly aws: SecretsManager
  readonly full: (name: string) => SecretName
}

/** A name that is scheduled for deletion holds nothing to its users. */
function goneIfDeleted(error: unknown): undefined {
  if (error instanceof Error && error.name === 'InvalidRequestException') return undefined
  throw error
}

/** An AWS server behind the strict proxy; the own client goes through the same, which mends what the server gets wrong. */
export async function openAws(upstream: string): Promise<AwsPlace> {
  const proxy = await startAwsProxy({ upstream, seed: 11 })
  const aws = awsClient(proxy.url)
  const prefix = `vibebox/${freshPrefix()}/`
  const full = (name: string) => secretName(prefix + name)
  const get = (name: string) => readOutside(aws, full(name)).catch(goneIfDeleted)
  return {
    proxy,
    aws,
    full,
    prefix,
    env: {
      AWS_SECRET_MANAGER_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: proxy.url,
      AWS_SECRET_PREFIX: prefix,
    },
    gate: gateOf(proxy),
    async put(values) {
      for (const [name, value] of values) {
        const SecretString = Buffer.from(value).toString('utf8')
        const put = () => aws.putSecretValue({ SecretId: full(name), SecretString })
        // the test server closes idle connections under the client's hands: a put may be said twice
        await aws
          .createSecret({ Name: full(name), SecretString })
          .catch(put)
          .catch(put)
          .catch(put)
      }
    },
    get,
    async getMany(names) {
      const found = await parallel(names, 8, async (name) => [name, await get(name)] as const)
      return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
    },
    versions: (names) =>
      parallel(names, 8, async (name) => {
        const { Versions = [] } = await aws.listSecretVersionIds({ SecretId: full(name), IncludeDeprecated: true })
        return Versions.length
      }),
    async destroy(name) {
      await aws.deleteSecret({ SecretId: full(name), ForceDeleteWithoutRecovery: true })
    },
    async close() {
      proxy.fault(undefined)
      proxy.throttle(0)
      await clear(aws, prefix)
      aws.destroy()
      await proxy.close()
    },
  }
}

const words: Readonly<Record<Fault, readonly [type: string, message: string, status: number]>> = {
  forbidden: ['AccessDeniedException', 'not authorized', 400],
  throttled: ['ThrottlingException', 'Rate exceeded', 400],
  unavailable: ['InternalServiceError', '', 500],
}

function gateOf(proxy: AwsProxy): Gate {
  return {
    counts: () => Object.fromEntries(proxy.counts),
    total: () => proxy.total(),
    mutating: () => proxy.mutating(),
    reset: () => proxy.reset(),
    throttle: (share) => proxy.throttle(share),
    fail: (fault, name = '') =>
      proxy.fault(
        fault === undefined
          ? undefined
          : (_action, body) => {
              const [type, message, status] = words[fault]
              return JSON.stringify(body).includes(name) ? { type, message, status } : undefined
            },
      ),
  }
}

/** The server looks through all its secrets at every listing, so that none is left to the next test. */
async function clear(aws: SecretsManager, prefix: string): Promise<void> {
  const filter = { Filters: [{ Key: 'name' as const, Values: [prefix] }], IncludePlannedDeletion: true }
  for (;;) {
    const { SecretList = [] } = await aws.listSecrets({ ...filter, MaxResults: 100 })
    const names = SecretList.flatMap(({ Name }) => (Name === undefined ? [] : [Name]))
    if (names.length === 0) break
    await parallel(names, 4, (SecretId) => aws.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }))
  }
}
