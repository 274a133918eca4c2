import { Failure, isFailure } from '../../core/failure.js'
import { type Caller, parsed } from './client.js'
import { encodePath } from './paths.js'
import type { VaultSettings } from './settings.js'

/** What the server says about the mount. */
export interface Mount {
  readonly kvVersion: 1 | 2
  /** Belongs to this mount alone and is shown nowhere. */
  readonly id: string
}

/**
 * Any token that may use the mount may ask for it. A wrong VAULT_KV_VERSION is refused: with it every name would look
 * absent. Where the server does not tell, it is taken at its word.
 */
export async function mountOf(caller: Caller, settings: VaultSettings): Promise<Mount> {
  const { mount, kvVersion } = settings
  const facts = await factsOf(caller, settings)
  if (facts === undefined && kvVersion !== undefined) return { kvVersion, id: mount }
  if (facts?.type !== undefined && !/^(kv|generic)$/.test(facts.type))
    throw invalid(`the engine at ${mount}/ is no KV engine`)
  const found = facts?.options?.version === '2' ? 2 : 1
  if (kvVersion !== undefined && kvVersion !== found)
    throw invalid(`VAULT_KV_VERSION is ${kvVersion}, but the engine at ${mount}/ is of version ${found}`)
  return { kvVersion: found, id: `${facts?.uuid ?? ''} ${facts?.accessor ?? ''}` }
}

const invalid = (why: string): Failure => new Failure('CONFIG_INVALID', { doing: 'connecting to Vault', why })

/** `undefined` where the token may not ask and VAULT_KV_VERSION says enough. */
async function factsOf(caller: Caller, { mount, kvVersion }: VaultSettings): Promise<MountFacts | undefined> {
  const path = `sys/internal/ui/mounts/${mount}`
  const asked = { doing: 'asking for the version of the KV engine', capability: 'read', path } as const
  try {
    return (parsed(await caller.call(asked, 'GET', encodePath(path))) as { data?: MountFacts }).data
  } catch (error) {
    if (!isFailure(error, 'PERMISSION_DENIED')) throw error
    if (kvVersion !== undefined) return undefined
    throw new Failure('PERMISSION_DENIED', {
      doing: asked.doing,
      target: `${mount}/`,
      why: `nothing is mounted at ${mount}/, or the token may do nothing there`,
      hints: [{ what: 'name the mount', command: 'export VAULT_PATH=<mount>' }],
    })
  }
}

interface MountFacts {
  readonly type?: string
  readonly uuid?: string
  readonly accessor?: string
  readonly options?: { readonly version?: string } | null
}

/** Whether the token may write metadata, where labels are: many policies grant the data alone. */
export async function keepsNotes(caller: Caller, settings: VaultSettings): Promise<boolean> {
  const wanted = `${settings.mount}/metadata/${settings.probe}`
  const path = 'sys/capabilities-self'
  const asked = { doing: 'asking what the token may do', capability: 'read', path } as const
  try {
    const answer = parsed(await caller.call(asked, 'POST', path, { paths: [wanted] })) as { data?: Capabilities }
    const may = answer.data?.[wanted] ?? []
    return ['root', 'update'].some((word) => may.includes(word))
  } catch (error) {
    // a doubt is no reason not to begin: then the write will tell
    if (isFailure(error) && !isFailure(error, 'TIMEOUT')) return true
    throw error
  }
}

type Capabilities = Readonly<Record<string, readonly string[]>>

/** Host, mount and cluster: another Vault behind the same name is another place. */
export async function identityOf(caller: Caller, settings: VaultSettings): Promise<string> {
  const asked = { doing: 'asking which cluster this is', capability: 'read', path: 'sys/health' } as const
  const reply = await caller.call(asked, 'GET', 'sys/health?standbyok=true&perfstandbyok=true')
  const { cluster_id: cluster } = parsed(reply) as { cluster_id?: string }
  const namespace = settings.namespace === '' ? '' : `${settings.namespace}/`
  return `${settings.address.host} ${namespace}${settings.mount}/ ${cluster ?? 'unknown'}`
}
