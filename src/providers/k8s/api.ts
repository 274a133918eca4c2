import type { CoreV1Api, V1Secret } from '@kubernetes/client-node'
import { type FailureCode, isFailure } from '../../core/failure.js'
import type { Ports } from '../description.js'
import { type Asked, failureOfError, writes } from './classify.js'
import type { Access } from './kubeconfig.js'
import { LIMITS } from './traits.js'
import { transportOf } from './transport.js'

/** The API server records under this name who owns which key. */
export const MANAGER = 'vibesecrets'

export interface Place {
  readonly namespace: string
  readonly name: string
}

/** The one Secret. Each member is one request; `conflict` means: look again. */
export interface Api {
  readonly place: Place
  get(doing: string, secret?: string): Promise<V1Secret | undefined>
  create(body: V1Secret): Promise<V1Secret | 'conflict'>
  /** A merge patch; `null` takes a key away. */
  patch(body: object): Promise<V1Secret | 'conflict'>
  close(): void
}

type Sdk = typeof import('@kubernetes/client-node')

export interface Target extends Place {
  readonly createNamespace: boolean
  readonly timeoutMs: number
}

/** The library's typed client over our transport. */
export function openApi(sdk: Sdk, access: Access, target: Target, ports: Ports): Api {
  const transport = transportOf(sdk, access, target.timeoutMs)
  const core = new sdk.CoreV1Api(
    sdk.createConfiguration({
      baseServer: new sdk.ServerConfiguration(access.server.href.replace(/\/$/, ''), {}),
      httpApi: sdk.wrapHttpLibrary(transport.http),
      authMethods: { default: transport.auth },
    }),
  )
  // the library's own choice is a JSON patch, which takes no object
  const merge = sdk.setHeaderOptions('Content-Type', sdk.PatchStrategy.MergePatch)
  const send = sender(access, ports)
  return {
    place: { namespace: target.namespace, name: target.name },
    get: (doing, secret) => get(core, send, target, doing, secret),
    create: (body) => create(core, send, target, body),
    patch: (body) => patch(core, send, target, body, merge),
    close: () => transport.close(),
  }
}

type Send = <T>(asked: Asked, request: () => Promise<T>) => Promise<T>

/** One request by the program's pacing and retry, where there is one: `resourceVersion` makes all repeatable. */
function sender(access: Access, ports: Ports): Send {
  return (asked, request) => {
    const once = async () => {
      try {
        return await request()
      } catch (error) {
        throw failureOfError(error, asked, { host: access.server.host, now: ports.clock.now() })
      }
    }
    return ports.send === undefined ? once() : ports.send({ ...requestOf(asked), send: once })
  }
}

const requestOf = (asked: Asked) => ({
  doing: asked.doing,
  quota: { key: 'k8s', ...LIMITS },
  ...(asked.secret === undefined ? {} : { secret: asked.secret }),
  ...(writes(asked) && { writes: true as const }),
})

async function get(
  core: CoreV1Api,
  send: Send,
  { namespace, name }: Target,
  doing: string,
  secret: string | undefined,
): Promise<V1Secret | undefined> {
  const asked = { doing, secret, verb: 'get', resource: 'secrets', namespace, name } as const
  return insteadOf(
    'SECRET_NOT_FOUND',
    undefined,
    send(asked, async () => genuine(await core.readNamespacedSecret({ name, namespace }))),
  )
}

async function create(core: CoreV1Api, send: Send, target: Target, body: V1Secret): Promise<V1Secret | 'conflict'> {
  const { namespace, name } = target
  const asked = { doing: 'creating the Secret', verb: 'create', resource: 'secrets', namespace, name } as const
  const request = { namespace, body, fieldManager: MANAGER }
  const once = () =>
    insteadOf(
      'CONFLICT',
      'conflict',
      send(asked, async () => genuine(await core.createNamespacedSecret(request))),
    )
  if (!target.createNamespace) return once()
  const made = await insteadOf('INPUT_MISSING', undefined, once())
  if (made !== undefined) return made
  await createNamespace(core, send, namespace)
  return once()
}

/** Somebody else may create it at the same time. */
async function createNamespace(core: CoreV1Api, send: Send, name: string): Promise<void> {
  const asked = {
    doing: 'creating the namespace',
    verb: 'create',
    resource: 'namespaces',
    namespace: name,
    name,
  } as const
  const request = { body: { metadata: { name } }, fieldManager: MANAGER }
  await insteadOf(
    'CONFLICT',
    undefined,
    send(asked, () => core.createNamespace(request)),
  )
}

/** A Secret that went away meanwhile is a conflict as well. */
async function patch(
  core: CoreV1Api,
  send: Send,
  { namespace, name }: Target,
  body: object,
  merge: ReturnType<Sdk['setHeaderOptions']>,
): Promise<V1Secret | 'conflict'> {
  const asked = { doing: 'writing', verb: 'patch', resource: 'secrets', namespace, name } as const
  const request = { name, namespace, body, fieldManager: MANAGER }
  const patched = insteadOf(
    'CONFLICT',
    'conflict',
    send(asked, async () => genuine(await core.patchNamespacedSecret(request, merge))),
  )
  return insteadOf('SECRET_NOT_FOUND', 'conflict', patched)
}

/** The library makes an empty object of any page: without this, a proxy's welcome would be an empty Secret. */
function genuine(secret: V1Secret | undefined): V1Secret {
  if (secret?.kind === 'Secret' && secret.metadata?.uid && secret.metadata.resourceVersion) return secret
  throw new TypeError('not a Secret')
}

async function insteadOf<T, const V>(code: FailureCode, value: V, answer: Promise<T>): Promise<T | V> {
  try {
    return await answer
  } catch (error) {
    if (isFailure(error, code)) return value
    throw error
  }
}
