import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../../support/temp.js'
import { raw } from '../vault-api.js'
import { server } from './env.js'
import type { Station } from './places.js'
import type { AwsPlace } from './services-aws.js'
import type { AzurePlace } from './services-azure.js'
import type { GcpPlace } from './services-gcp.js'
import { type K8sPlace, kubectl } from './services-k8s.js'
import type { LocalPlace } from './services-local.js'
import type { VaultPlace } from './services-vault.js'

/** What a backup's tests need of each service beside its place: by its own client, with nothing of ours between. */
export interface Own {
  /** The longest name, without prefix, and the largest value. */
  readonly longest: number
  readonly largest: number
  /** The values of all versions of a name, oldest first, as the service's client gives them; missing where it keeps none. */
  history?(name: string): Promise<string[]>
  /** Creates one that is too long for an argument. */
  putLarge?(name: string, value: string): Promise<void>
  /** Everything is gone: names, versions, marks. */
  wipe(names: readonly string[]): Promise<void>
}

/** AWS: the strict proxy, unlike the service, takes no filter of 512 characters. */
const MAX = { aws: 511, gcp: 255, azure: 127, vault: 512, k8s: 253, local: 512 } as const

export function ownOf(station: Station): Own {
  const { place, name, provider } = station
  const longest = MAX[provider as keyof typeof MAX] - place.prefix.length
  const each = async (names: readonly string[]): Promise<void> => {
    for (const one of names) await place.destroy(one)
  }
  switch (name) {
    case 'aws-moto':
    case 'aws-localstack':
      return { longest, largest: 65_536, history: (one) => awsHistory(place as AwsPlace, one), wipe: each }
    case 'gcp':
      return { longest, largest: 65_536, history: (one) => gcpHistory(place as GcpPlace, one), wipe: each }
    case 'azure':
      return { longest, largest: 25_600, history: (one) => azureHistory(place as AzurePlace, one), wipe: each }
    case 'vault-kv2':
      return { longest, largest: 524_288, history: (one) => vaultHistory(place as VaultPlace, one), wipe: each }
    case 'vault-kv1':
      return { longest, largest: 524_288, wipe: each }
    case 'k8s':
      return {
        longest,
        // the rest of the Secret is for the other names
        largest: 900_000,
        putLarge: (one, value) => k8sLarge(place as K8sPlace, one, value),
        wipe: each,
      }
    case 'local':
      return {
        longest,
        largest: 1024 * 1024,
        history: (one) => localHistory(station, one),
        wipe: async () => rmSync((place as LocalPlace).file),
      }
  }
}

/** AWS promises to keep the current version and the one before; others as long as they like. */
async function awsHistory({ aws, full }: AwsPlace, name: string): Promise<string[]> {
  const values: string[] = []
  for (const VersionStage of ['AWSPREVIOUS', 'AWSCURRENT']) {
    const found = await aws.getSecretValue({ SecretId: full(name), VersionStage })
    values.push(found.SecretString ?? Buffer.from(found.SecretBinary ?? []).toString())
  }
  return values
}

async function gcpHistory({ client, path }: GcpPlace, name: string): Promise<string[]> {
  const [versions] = await client.listSecretVersions({ parent: path(name) })
  const numbers = versions.map((one) => Number(one.name?.split('/').at(-1))).sort((a, b) => a - b)
  const values: string[] = []
  for (const number of numbers) {
    const [found] = await client.accessSecretVersion({ name: `${path(name)}/versions/${number}` })
    values.push(Buffer.from(found.payload?.data ?? '').toString())
  }
  return values
}

/** Azure's dates have whole seconds: the order is in our tags, which a second backup reads. Sorted by value. */
async function azureHistory({ client, full }: AzurePlace, name: string): Promise<string[]> {
  const versions: { readonly version: string }[] = []
  for await (const { version = '' } of client.listPropertiesOfSecretVersions(full(name))) versions.push({ version })
  const values: string[] = []
  for (const { version } of versions) values.push((await client.getSecret(full(name), { version })).value ?? '')
  return values.sort()
}

async function vaultHistory({ prefix }: VaultPlace, name: string): Promise<string[]> {
  const { json } = await raw('GET', `secret/metadata/${prefix}${name}`)
  const numbers = Object.keys(json.data.versions)
    .map(Number)
    .sort((a, b) => a - b)
  const values: string[] = []
  for (const number of numbers) values.push((await vaultVersion(`secret/data/${prefix}${name}`, number)) ?? '')
  return values
}

/** The version is a query, which `raw` would encode into the path. */
async function vaultVersion(path: string, number: number): Promise<string | undefined> {
  const answer = await fetch(`${server('TEST_VAULT_ADDR')}/v1/${path}?version=${number}`, {
    headers: { 'X-Vault-Token': server('TEST_VAULT_TOKEN') },
  })
  return ((await answer.json()) as { data?: { data?: { value?: string } } }).data?.data?.value
}

async function k8sLarge({ secret }: K8sPlace, name: string, value: string): Promise<void> {
  const change = join(tempFolder('patch'), 'patch.json')
  writeFileSync(change, JSON.stringify({ data: { [name]: Buffer.from(value).toString('base64') } }))
  await kubectl(['patch', 'secret', secret, '--type=merge', `--patch-file=${change}`])
}

/** The store has no client but the program; version numbers count from 1. */
async function localHistory(station: Station, name: string): Promise<string[]> {
  const count = (await station.place.versions?.([name]))?.[0] ?? 0
  const values: string[] = []
  for (let version = 1; version <= count; version++)
    values.push((await station.run(['get', name, 'local', '--secret-version', String(version)])).stdout)
  return values
}
