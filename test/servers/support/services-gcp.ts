import { type SecretName, secretName } from '../../../src/core/names.js'
import { parallel } from '../../../src/providers/parallel.js'
import { type GcpDouble, startGcpDouble } from '../../support/doubles/gcp.js'
import { gcpClient, gcpOutside } from '../../support/doubles/gcp-subject.js'
import type { Place } from './places.js'
import { freshPrefix } from './services-prefix.js'

export interface GcpPlace extends Place {
  readonly double: GcpDouble
  readonly client: ReturnType<typeof gcpClient>
  /** The resource of a secret. */
  readonly path: (name: string) => string
}

const FAILED_PRECONDITION = 9

/** A secret whose newest version is disabled holds nothing to its users. */
function goneIfDisabled(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === FAILED_PRECONDITION) return undefined
  throw error
}

/** The double of Google Secret Manager, which is its own gate, and Google's client with nothing of ours. */
export async function openGcp(): Promise<GcpPlace> {
  const double = await startGcpDouble({ seed: 12 })
  const client = gcpClient(double.address)
  const outside = gcpOutside(client)
  const prefix = `vibebox-${freshPrefix()}-`
  const full = (name: string): SecretName => secretName(prefix + name)
  const path = (name: string) => `projects/test-project/secrets/${full(name)}`
  return {
    double,
    client,
    path,
    prefix,
    env: {
      GCP_PROJECT_ID: 'test-project',
      SECRET_MANAGER_EMULATOR_HOST: double.address,
      GCP_SECRET_PREFIX: prefix,
    },
    gate: {
      counts: () => Object.fromEntries(double.counts),
      total: () => double.total(),
      mutating: () => double.mutating(),
      reset: () => double.reset(),
      throttle: (share) => double.throttle(share),
      fail: (fault, name = '') =>
        double.fault(
          fault === undefined ? undefined : (_method, resource) => (resource.includes(name) ? fault : undefined),
        ),
    },
    async put(values) {
      for (const [name, value] of values) await outside.write(full(name), value)
    },
    get: (name) => outside.read(full(name)).catch(goneIfDisabled),
    async getMany(names) {
      const found = await parallel(names, 16, async (name) => [name, await outside.read(full(name))] as const)
      return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
    },
    versions: (names) =>
      parallel(names, 16, async (name) => (await client.listSecretVersions({ parent: path(name) }))[0].length),
    async destroy(name) {
      await client.deleteSecret({ name: path(name) })
    },
    async close() {
      await client.close()
      await double.close()
    },
  }
}
