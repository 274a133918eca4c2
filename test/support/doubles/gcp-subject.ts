import { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { googleAuthLibrary, grpc } from 'google-gax'
import type { SecretName } from '../../../src/core/names.js'
import type { Clock, Provider, Random } from '../../../src/core/ports.js'
import type { Settings } from '../../../src/providers/description.js'
import { connect } from '../../../src/providers/gcp/connect.js'
import { createManners, type MannersSettings } from '../../../src/providers/wrap/manners.js'
import { defaultTries } from '../../../src/providers/wrap/retry.js'
import { systemClock } from '../../../src/system/clock.js'
import { systemRandom } from '../../../src/system/random.js'
import type { Expected, Outside, Subject } from '../conformance.js'
import type { GcpDouble } from './gcp.js'

export const gcpExpected: Expected = {
  traits: {
    id: 'gcp',
    writable: true,
    maxBytes: 65_536,
    emptyValues: false,
    binary: true,
    compareAndSet: 'service',
    labels: true,
    descriptions: true,
    writesOverDeleted: true,
  },
  abilities: ['destroyOldVersions', 'label', 'readEach', 'undelete', 'versions'],
}

export function gcpSettings(address: string, options: Record<string, unknown> = {}): Settings {
  return {
    env: { GCP_PROJECT_ID: 'test-project', SECRET_MANAGER_EMULATOR_HOST: address },
    options,
    timeoutMs: 30_000,
    insecureHttp: false,
    readFile: async () => undefined,
  }
}

export const realPorts: { readonly clock: Clock; readonly random: Random } = {
  clock: systemClock(),
  random: systemRandom,
}

/**
 * The provider with retry, pacing and deadlines, as the program has it. With a fast clock in `more` the quota of a
 * project passes fast; the provider's own clock, by which claims end, is `clock`.
 */
export async function politeGcp(
  address: string,
  more: Partial<MannersSettings> = {},
  clock: Clock = realPorts.clock,
): Promise<Provider> {
  const manners = createManners({ ...defaultTries, ...realPorts, timeoutMs: 30_000, ...more })
  return manners.wrap(await connect(gcpSettings(address), { ...manners.ports, clock }))
}

/** The service's own client. */
export function gcpClient(address: string): SecretManagerServiceClient {
  const [apiEndpoint, port] = address.split(':')
  return new SecretManagerServiceClient({
    apiEndpoint: apiEndpoint ?? '',
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new googleAuthLibrary.PassThroughClient(),
  })
}

const NOT_FOUND = 5
const parent = 'projects/test-project'

/** As another tool does it: with no annotations and no checksum. */
export function gcpOutside(client: SecretManagerServiceClient): Outside {
  return {
    async write(name, bytes) {
      const secret = { replication: { automatic: {} } }
      await client.createSecret({ parent, secretId: name, secret }).catch(() => undefined)
      await client.addSecretVersion({ parent: `${parent}/secrets/${name}`, payload: { data: bytes } })
    },
    read: (name) => readOutside(client, name),
  }
}

async function readOutside(client: SecretManagerServiceClient, name: SecretName): Promise<Uint8Array | undefined> {
  try {
    const [{ payload }] = await client.accessSecretVersion({ name: `${parent}/secrets/${name}/versions/latest` })
    return payload?.data as Uint8Array
  } catch (error) {
    if ((error as { code?: number }).code === NOT_FOUND) return undefined
    throw error
  }
}

/** A connection that nobody answers: port 9 of this machine. */
const NOBODY = '127.0.0.1:9'

export async function openGcp(double: GcpDouble, open: (address: string) => Promise<Provider>): Promise<Subject> {
  const client = gcpClient(double.address)
  const forbidden = await connect(gcpSettings(double.forbidden), realPorts)
  const unreachable = await connect(gcpSettings(NOBODY), realPorts)
  return {
    provider: await open(double.address),
    prefix: `vibebox-c${Date.now().toString(36)}-`,
    outside: gcpOutside(client),
    forbidden,
    unreachable,
    requests: () => double.total(),
    cleanup: async () => {
      await Promise.all([client.close(), forbidden.close(), unreachable.close()])
      await double.close()
    },
  }
}
