import { readFile } from 'node:fs/promises'
import { ClientSecretCredential } from '@azure/identity'
import { SecretClient } from '@azure/keyvault-secrets'
import type { SecretName } from '../../../src/core/names.js'
import type { Clock, Provider, Random } from '../../../src/core/ports.js'
import { connect } from '../../../src/providers/azure/connect.js'
import type { Settings } from '../../../src/providers/description.js'
import { createManners, type MannersSettings } from '../../../src/providers/wrap/manners.js'
import { defaultTries } from '../../../src/providers/wrap/retry.js'
import { systemClock } from '../../../src/system/clock.js'
import { systemRandom } from '../../../src/system/random.js'
import type { Expected, Outside, Subject } from '../conformance.js'
import type { AzureDouble } from './azure.js'
import type { Identity } from './entra.js'

export const azureExpected: Expected = {
  traits: {
    id: 'azure',
    writable: true,
    maxBytes: 25_600,
    emptyValues: true,
    binary: true,
    compareAndSet: 'read-first',
    labels: true,
    descriptions: true,
    writesOverDeleted: true,
  },
  abilities: ['label', 'readEach', 'undelete', 'versions'],
}

export function azureSettings(
  double: AzureDouble,
  more: { readonly identity?: Identity; readonly url?: string; readonly options?: Record<string, unknown> } = {},
): Settings {
  const { client, secret } = more.identity ?? double.admin
  return {
    env: {
      AZURE_KEYVAULT_URL: more.url ?? double.url,
      AZURE_AUTHORITY_HOST: double.url,
      AZURE_TENANT_ID: double.tenant,
      AZURE_CLIENT_ID: client,
      AZURE_CLIENT_SECRET: secret,
    },
    options: { 'ca-cert': double.certificate, ...more.options },
    timeoutMs: 30_000,
    insecureHttp: false,
    readFile: (path) => readFile(path),
  }
}

export const realPorts: { readonly clock: Clock; readonly random: Random } = {
  clock: systemClock(),
  random: systemRandom,
}

/** The provider with retry, pacing and deadlines, as the program has it. */
export async function politeAzure(double: AzureDouble, more: Partial<MannersSettings> = {}): Promise<Provider> {
  const manners = createManners({ ...defaultTries, ...realPorts, timeoutMs: 30_000, ...more })
  return manners.wrap(await connect(azureSettings(double), manners.ports))
}

/** The service's own client. */
export async function azureClient(double: AzureDouble): Promise<SecretClient> {
  const tlsOptions = { ca: await readFile(double.certificate, 'utf8') }
  const credential = new ClientSecretCredential(double.tenant, double.admin.client, double.admin.secret, {
    authorityHost: double.url,
    disableInstanceDiscovery: true,
    tlsOptions,
  })
  return new SecretClient(double.url, credential, {
    disableChallengeResourceVerification: true,
    tlsOptions,
    retryOptions: { maxRetries: 0 },
  })
}

/** As another tool does it: with no tags. A binary value is told by its content type. */
export function azureOutside(client: SecretClient): Outside {
  return {
    async write(name, bytes) {
      await client.setSecret(name, Buffer.from(bytes).toString('utf8'))
    },
    read: (name) => readOutside(client, name),
  }
}

async function readOutside(client: SecretClient, name: SecretName): Promise<Uint8Array | undefined> {
  try {
    const { value = '', properties } = await client.getSecret(name)
    return Buffer.from(value, properties.contentType === 'application/octet-stream;base64' ? 'base64' : 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'SecretNotFound') return undefined
    throw error
  }
}

/** A connection that nobody answers: port 9 of this machine. */
const NOBODY = 'https://localhost:9'

export async function openAzure(
  double: AzureDouble,
  open: (double: AzureDouble) => Promise<Provider>,
): Promise<Subject> {
  return {
    provider: await open(double),
    prefix: `vibebox-c${Date.now().toString(36)}-`,
    outside: azureOutside(await azureClient(double)),
    between: (act) => double.between(act),
    forbidden: await connect(azureSettings(double, { identity: double.nobody }), realPorts),
    unreachable: await connect(azureSettings(double, { url: NOBODY }), realPorts),
    requests: () => double.total(),
    cleanup: () => double.close(),
  }
}
