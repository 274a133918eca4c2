import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenWith } from '../vault-api.js'
import type { PlaceName, Station } from './places.js'
import type { AwsPlace } from './services-aws.js'
import type { AzurePlace } from './services-azure.js'
import type { GcpPlace } from './services-gcp.js'
import type { K8sPlace } from './services-k8s.js'
import type { LocalPlace } from './services-local.js'
import { freshPrefix } from './services-prefix.js'
import type { VaultPlace } from './services-vault.js'

export const FAULTS = [
  'flipped bit',
  'trailing newline',
  'missing',
  'extra',
  'disabled version',
  'wrong current version',
  'soft-deleted',
  'forbidden',
  'throttled',
  'partial batch errors',
  'missing page 2',
  'unavailable',
] as const
export type FaultName = (typeof FAULTS)[number]

export interface Cell {
  readonly at: PlaceName
  /** Makes the fault; variables that it returns join the environment of `validate`. */
  make(station: Station): Promise<unknown>
  readonly exit: 3 | 69 | 75 | 77
  readonly says: RegExp
  readonly also?: RegExp
}

/** A cell, or the reason why the service knows no such state. */
export type Row = Readonly<Record<FaultName, Cell | string>>

const text = (value: string): Uint8Array => Buffer.from(value)
const [DIFFERS, MISSING, EXTRA, UNCHECKED] = [3, 3, 3, 69] as const
const second = 'second-password'
const others = /2 equal/
const differs = (name: string): RegExp => new RegExp(`${name} +differs`)

/** What every service can do, through its own client. */
const common = (at: PlaceName) =>
  ({
    'flipped bit': {
      at,
      make: ({ place }) => place.put(new Map([[second, text('second-value-of-today-3')]])),
      exit: DIFFERS,
      says: differs(second),
      also: others,
    },
    'trailing newline': {
      at,
      make: ({ place }) => place.put(new Map([[second, text('second-value-of-today-2\n')]])),
      exit: DIFFERS,
      says: differs(second),
      also: others,
    },
    missing: {
      at,
      make: ({ place }) => place.destroy(second),
      exit: MISSING,
      says: /second-password +missing/,
      also: others,
    },
    extra: {
      at,
      make: ({ place }) => place.put(new Map([['zz-extra', text('a-value-of-somebody')]])),
      exit: EXTRA,
      says: /zz-extra +extra/,
      also: /3 equal/,
    },
    /** Where nobody can move a pointer back, an older value that was written again is the current one. */
    'wrong current version': {
      at,
      make: ({ place }) => place.put(new Map([['first-password', text('the-value-of-yesterday')]])),
      exit: DIFFERS,
      says: differs('first-password'),
      also: others,
    },
    throttled: {
      at,
      make: async ({ place }) => place.gate.fail('throttled'),
      exit: 75,
      says: /throttled|too many requests|patience|quota|limit/,
    },
    unavailable: {
      at,
      make: async ({ place }) => place.gate.fail('unavailable'),
      exit: UNCHECKED,
      says: /could not check: .*(?:failed|answered 503)|unavailable/,
    },
  }) as const satisfies Partial<Record<FaultName, Cell>>

/** One name is refused, in the service's own words. */
const oneForbidden = (at: PlaceName, also: RegExp): Cell => ({
  at,
  make: async ({ place }) => place.gate.fail('forbidden', second),
  exit: 77,
  says: /second-password +could not check/,
  also,
})
/** One of many answers fails, the others are there. */
const oneUnavailable = (at: PlaceName): Cell => ({
  at,
  make: async ({ place }) => place.gate.fail('unavailable', second),
  exit: UNCHECKED,
  says: /second-password +could not check/,
  also: others,
})
const deleted = (at: PlaceName, make: Cell['make']): Cell => ({
  at,
  make,
  exit: MISSING,
  says: /second-password +missing in \w+ \(deleted/,
  also: others,
})

const aws = (station: Station) => station.place as AwsPlace
const gcp = (station: Station) => station.place as GcpPlace
const azure = (station: Station) => station.place as AzurePlace

export const cells: Readonly<Record<'aws' | 'gcp' | 'azure' | 'vault' | 'k8s' | 'local', Row>> = {
  aws: {
    ...common('aws-moto'),
    'disabled version': 'a version of AWS has staging labels and no state: it can be read as long as it is there',
    'wrong current version': {
      ...common('aws-moto')['wrong current version'],
      async make(station) {
        const { aws: client, full } = aws(station)
        const SecretId = full('first-password')
        const { VersionIdsToStages = {} } = await client.describeSecret({ SecretId })
        const [from = [], to = []] = ['AWSCURRENT', 'AWSPREVIOUS'].map((stage) =>
          Object.keys(VersionIdsToStages).filter((id) => VersionIdsToStages[id]?.includes(stage)),
        )
        await client.updateSecretVersionStage({
          SecretId,
          VersionStage: 'AWSCURRENT',
          RemoveFromVersionId: from[0],
          MoveToVersionId: to[0],
        })
      },
    },
    'soft-deleted': deleted('aws-moto', async (station) => {
      await aws(station).aws.deleteSecret({ SecretId: aws(station).full(second), RecoveryWindowInDays: 7 })
    }),
    forbidden: oneForbidden('aws-moto', /GetSecretValue/),
    'partial batch errors': {
      at: 'aws-moto',
      async make(station) {
        const { proxy, full } = aws(station)
        proxy.fault((action, body) => {
          if (action === 'GetSecretValue' && body['SecretId'] === full(second))
            return { type: 'InternalServiceError', message: '', status: 500 }
          if (action !== 'BatchGetSecretValue') return undefined
          return { answer: (answered) => withError(answered, full(second)) }
        })
      },
      exit: UNCHECKED,
      says: /second-password +could not check/,
      also: others,
    },
    'missing page 2': {
      at: 'aws-moto',
      async make(station) {
        aws(station).proxy.fault((action, body) => {
          if (action !== 'ListSecrets') return undefined
          // Pages of two, so that three secrets have a second one.
          body['MaxResults'] = 2
          return body['NextToken'] === undefined
            ? undefined
            : { type: 'InternalServiceError', message: '', status: 500 }
        })
      },
      exit: UNCHECKED,
      says: /\(listing\) +could not check/,
    },
  },
  gcp: {
    ...common('gcp'),
    'disabled version': {
      at: 'gcp',
      async make(station) {
        await gcp(station).client.disableSecretVersion({ name: `${gcp(station).path(second)}/versions/1` })
      },
      exit: UNCHECKED,
      says: /second-password +could not check: version 1 is disabled/,
      also: others,
    },
    /** A deletion of Google's own is final; the soft one is a mark and a disabled version. */
    'soft-deleted': deleted('gcp', async (station) => {
      await station.run(['delete', second, station.provider, '--yes'])
    }),
    forbidden: oneForbidden('gcp', /secretmanager\.versions\.access/),
    'partial batch errors': oneUnavailable('gcp'),
    'missing page 2': {
      at: 'gcp',
      async make(station) {
        const { double } = gcp(station)
        double.store.largestPage = 2
        let pages = 0
        double.fault((method) => (method === 'ListSecrets' && ++pages > 1 ? 'unavailable' : undefined))
      },
      exit: UNCHECKED,
      says: /unavailable while listing|\(listing\) +could not check/,
    },
  },
  azure: {
    ...common('azure'),
    'disabled version': {
      at: 'azure',
      async make(station) {
        await azure(station).client.updateSecretProperties(azure(station).full(second), '', { enabled: false })
      },
      exit: UNCHECKED,
      says: /second-password +could not check: its current version is disabled/,
      also: others,
    },
    'soft-deleted': deleted('azure', async (station) => {
      await azure(station).client.beginDeleteSecret(azure(station).full(second))
    }),
    forbidden: oneForbidden('azure', /getSecret|Key Vault Secrets User/),
    'partial batch errors': oneUnavailable('azure'),
    'missing page 2': {
      at: 'azure',
      async make(station) {
        const { double, place } = { ...azure(station), place: station.place }
        // The service has 25 on a page.
        const names = Array.from({ length: 30 }, (_, at) => [`zz-extra-${at}`, text('a-value-of-somebody')] as const)
        await place.put(new Map(names))
        let pages = 0
        double.fault((method) => (method === 'ListSecrets' && ++pages > 1 ? 'unavailable' : undefined))
      },
      exit: UNCHECKED,
      says: /\(listing\) +could not check/,
    },
  },
  vault: {
    ...common('vault-kv2'),
    'disabled version': 'a version of KV v2 is there, deleted or destroyed; it cannot be disabled',
    'soft-deleted': deleted('vault-kv2', async ({ place }) => {
      const { kv } = place as VaultPlace
      await vaultDelete(kv.pathOf(place.prefix + second))
    }),
    forbidden: {
      ...oneForbidden('vault-kv2', /no "read" on secret\/data\//),
      async make({ place }) {
        const policy = `path "secret/*" { capabilities = ["read", "list"] }
          path "secret/data/${place.prefix}${second}" { capabilities = ["deny"] }`
        return { VAULT_TOKEN: await tokenWith(`deny-${freshPrefix()}`, policy) }
      },
    },
    'partial batch errors': {
      ...oneUnavailable('vault-kv2'),
      make: async ({ place }) => place.gate.fail('unavailable', `data/${place.prefix}${second}`),
    },
    'missing page 2': 'Vault answers a listing in one piece',
  },
  k8s: {
    ...common('k8s'),
    'disabled version': 'Kubernetes keeps no versions',
    'soft-deleted': 'Kubernetes keeps nothing of what was deleted',
    forbidden: {
      at: 'k8s',
      make: async ({ place }) => ({ KUBECONFIG: (place as K8sPlace).kubeconfigFor('limited-token') }),
      exit: 77,
      says: /no "get" on secrets\/vibebox-/,
    },
    'partial batch errors': 'all keys are in one Secret, which is read in one request',
    'missing page 2': 'all keys are in one Secret: there are no pages',
  },
  local: {
    ...common('local'),
    missing: {
      at: 'local',
      make: async ({ folder }) => appendFileSync(join(folder, '.env'), 'NEW_PASSWORD=never-stored-anywhere\n'),
      exit: MISSING,
      says: /new-password +missing/,
      also: /3 equal/,
    },
    'disabled version': 'the embedded store has no such state',
    'soft-deleted': deleted('local', ({ place }) => place.destroy(second)),
    forbidden: {
      at: 'local',
      async make({ place }) {
        const { key } = place as LocalPlace
        const other = readFileSync(key).map((byte) => byte ^ 0xff)
        writeFileSync(key, other)
      },
      exit: 77,
      says: /wrong key|another key|other key/,
    },
    throttled: 'nobody is asked for it: it is a file of this machine',
    'partial batch errors': 'the file is genuine as a whole, or is not read at all',
    'missing page 2': 'the file is read in one piece; one that was cut is damaged (next line)',
    unavailable: {
      at: 'local',
      async make({ place }) {
        const { file } = place as LocalPlace
        const whole = readFileSync(file)
        rmSync(file)
        writeFileSync(file, whole.subarray(0, whole.length - 90), { mode: 0o600 })
      },
      exit: UNCHECKED,
      says: /could not check: its end is missing/,
    },
  },
}

async function vaultDelete(path: string): Promise<void> {
  const { raw } = await import('../vault-api.js')
  const { status } = await raw('DELETE', path)
  if (status >= 300) throw new Error(`Vault answered ${status}`)
}

/** One of the batch is an error in an answer that is else good. */
function withError(answered: Readonly<Record<string, unknown>>, name: string): object {
  const all = (answered['SecretValues'] ?? []) as readonly { readonly Name?: string }[]
  const errors = (answered['Errors'] ?? []) as readonly object[]
  const failed = { SecretId: name, ErrorCode: 'InternalServiceError', Message: '' }
  return { ...answered, SecretValues: all.filter(({ Name }) => Name !== name), Errors: [...errors, failed] }
}
