import type { SecretClient } from '@azure/keyvault-secrets'
import { secretName } from '../../../src/core/names.js'
import { parallel } from '../../../src/providers/parallel.js'
import { type AzureDouble, startAzureDouble } from '../../support/doubles/azure.js'
import { azureClient, azureOutside } from '../../support/doubles/azure-subject.js'
import type { Place } from './places.js'
import { freshPrefix } from './services-prefix.js'

export interface AzurePlace extends Place {
  readonly double: AzureDouble
  readonly client: SecretClient
  readonly full: (name: string) => string
}

/** The double of Azure Key Vault, which is its own gate, and Microsoft's client with nothing of ours. */
export async function openAzure(): Promise<AzurePlace> {
  const double = await startAzureDouble({ seed: 13 })
  const client = await azureClient(double)
  const outside = azureOutside(client)
  const prefix = `vibebox-${freshPrefix()}-`
  const full = (name: string) => secretName(prefix + name)
  return {
    double,
    client,
    full,
    prefix,
    env: {
      AZURE_KEYVAULT_URL: double.url,
      AZURE_AUTHORITY_HOST: double.url,
      AZURE_TENANT_ID: double.tenant,
      AZURE_CLIENT_ID: double.admin.client,
      AZURE_CLIENT_SECRET: double.admin.secret,
      NODE_EXTRA_CA_CERTS: double.certificate,
      AZURE_SECRET_PREFIX: prefix,
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
    get: (name) => outside.read(full(name)),
    async getMany(names) {
      const found = await parallel(names, 8, async (name) => [name, await outside.read(full(name))] as const)
      return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
    },
    versions: (names) =>
      parallel(names, 8, async (name) => {
        let count = 0
        for await (const _ of client.listPropertiesOfSecretVersions(full(name))) count++
        return count
      }),
    async destroy(name) {
      await (await client.beginDeleteSecret(full(name), { intervalInMs: 10 })).pollUntilDone()
      await client.purgeDeletedSecret(full(name))
    },
    close: () => double.close(),
  }
}
