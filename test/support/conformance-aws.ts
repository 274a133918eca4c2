import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import type { SecretName } from '../../src/core/names.js'
import type { Clock, Provider, Random } from '../../src/core/ports.js'
import { connect } from '../../src/providers/aws/connect.js'
import type { Settings } from '../../src/providers/description.js'
import { createManners, type MannersSettings } from '../../src/providers/wrap/manners.js'
import { defaultTries } from '../../src/providers/wrap/retry.js'
import { systemClock } from '../../src/system/clock.js'
import { systemRandom } from '../../src/system/random.js'
import { type AwsProxy, startAwsProxy } from './aws-proxy.js'
import type { Expected, Outside, Subject } from './conformance.js'

const keys = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'test' }

export const awsExpected: Expected = {
  traits: {
    id: 'aws',
    writable: true,
    maxBytes: 65_536,
    emptyValues: false,
    binary: true,
    compareAndSet: 'service',
    labels: true,
    descriptions: true,
    writesOverDeleted: true,
  },
  abilities: ['label', 'readEach', 'rotation', 'staging', 'undelete', 'versions'],
}

export function awsSettings(endpoint: string, options: Record<string, unknown> = {}): Settings {
  return {
    env: {
      AWS_SECRET_MANAGER_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_ENDPOINT_URL: endpoint,
    },
    options,
    timeoutMs: 30_000,
    insecureHttp: false,
    readFile: async () => undefined,
  }
}

interface Ports {
  readonly clock: Clock
  readonly random: Random
}
export const realPorts: Ports = { clock: systemClock(), random: systemRandom }

/** A clock that runs 20 times as fast: the pacing of the real service would make these tests take minutes. */
function hurriedClock(): Clock {
  const real = systemClock()
  const start = real.now().getTime()
  return {
    now: () => new Date(start + (real.now().getTime() - start) * 20),
    sleep: (ms) => real.sleep(ms / 20),
  }
}

/** The provider with retry, pacing and deadlines, as the program has it. */
export async function politeAws(endpoint: string, more: Partial<MannersSettings> = {}): Promise<Provider> {
  const manners = createManners({
    ...defaultTries,
    totalMs: 3_600_000,
    ...realPorts,
    clock: hurriedClock(),
    timeoutMs: 60_000,
    ...more,
  })
  return manners.wrap(await connect(awsSettings(endpoint), manners.ports))
}

/** The service's own client. */
export function awsClient(endpoint: string): SecretsManager {
  return new SecretsManager({ region: 'eu-central-1', endpoint, credentials: keys, maxAttempts: 1 })
}

function outsideOf(aws: SecretsManager): Outside {
  return {
    async write(name, bytes) {
      const SecretString = Buffer.from(bytes).toString('utf8')
      const create = aws.createSecret({ Name: name, SecretString })
      await create.catch(() => aws.putSecretValue({ SecretId: name, SecretString }))
    },
    read: (name) => readOutside(aws, name),
  }
}

/** `undefined` when the service has nothing. */
export async function readOutside(aws: SecretsManager, name: SecretName): Promise<Uint8Array | undefined> {
  try {
    const { SecretString, SecretBinary } = await aws.getSecretValue({ SecretId: name })
    return SecretString === undefined ? SecretBinary : Buffer.from(SecretString, 'utf8')
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
    throw error
  }
}

/** A connection that nobody answers: port 9 of this machine. */
const NOBODY = 'http://127.0.0.1:9'

/** A server behind the strict proxy; `open` makes the provider to be examined. */
export async function openAws(
  upstream: string,
  open: (url: string) => Promise<Provider>,
): Promise<Subject & { readonly proxy: AwsProxy }> {
  const proxy = await startAwsProxy({ upstream })
  const denied = await startAwsProxy({ upstream })
  denied.fault((action) => ({
    type: 'AccessDeniedException',
    message: `not authorized to perform: secretsmanager:${action}`,
  }))
  const aws = awsClient(proxy.url)
  const forbidden = await connect(awsSettings(denied.url), realPorts)
  const unreachable = await connect(awsSettings(NOBODY), realPorts)
  return {
    proxy,
    provider: await open(proxy.url),
    prefix: `vibebox/c${Date.now().toString(36)}/`,
    outside: outsideOf(aws),
    forbidden,
    unreachable,
    requests: () => proxy.total(),
    // Unlabelled versions may be pruned by the service at any time.
    keepsVersions: 2,
    cleanup: async () => {
      aws.destroy()
      await Promise.all([forbidden.close(), unreachable.close(), proxy.close(), denied.close()])
    },
  }
}
