import { createRequire } from 'node:module'
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import * as grpc from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { type Control, createGate, type Fault, type Gate } from './control.js'
import { gcpMethods, type Method, type Sent } from './gcp-methods.js'
import { codes, GcpStore, StatusError } from './gcp-store.js'

/**
 * A double of Google Secret Manager: gRPC after the service's own protocol files, strict where they say so. It is what
 * we believe of the service; no server of Google's can be had.
 */
export interface GcpDouble extends Control {
  /** host:port, for SECRET_MANAGER_EMULATOR_HOST. */
  readonly address: string
  /** The same secrets for somebody who may do nothing. */
  readonly forbidden: string
  readonly store: GcpStore
  close(): Promise<void>
}

export interface GcpDoubleOptions {
  /** Others are denied. */
  readonly project?: string
  readonly port?: number
  readonly seed?: number
  /** What the identity of the main address may do: `secrets.get`, `versions.access`; all unless told. */
  readonly permissions?: readonly string[]
}

export async function startGcpDouble(options: GcpDoubleOptions = {}): Promise<GcpDouble> {
  const store = new GcpStore()
  const gate = createGate(options.seed)
  const project = options.project ?? 'test-project'
  const isGranted = (permission: string): boolean => options.permissions?.includes(permission) ?? true
  const open = await listen(serving(store, gate, project, isGranted), options.port ?? 0)
  const shut = await listen(
    serving(store, createGate(), project, () => false),
    options.port === undefined ? 0 : options.port + 1,
  )
  return {
    ...gate,
    address: open.address,
    forbidden: shut.address,
    store,
    close: async () => {
      open.server.forceShutdown()
      shut.server.forceShutdown()
    },
  }
}

/** The client's package ships the protocol files that it was made from. */
function service(): ServiceDefinition {
  const protos: unknown = createRequire(`${process.cwd()}/package.json`)(
    '@google-cloud/secret-manager/build/protos/protos.json',
  )
  const all = fromJSON(protos as never, { longs: String, enums: String, defaults: true, oneofs: true })
  return all['google.cloud.secretmanager.v1.SecretManagerService'] as ServiceDefinition
}

async function listen(
  implementation: UntypedServiceImplementation,
  wanted: number,
): Promise<{ readonly server: grpc.Server; readonly address: string }> {
  const server = new grpc.Server()
  server.addService(service(), implementation)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${wanted}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  return { server, address: `127.0.0.1:${port}` }
}

function serving(
  store: GcpStore,
  gate: Gate,
  project: string,
  isGranted: (permission: string) => boolean,
): UntypedServiceImplementation {
  const implementation: UntypedServiceImplementation = {}
  for (const [name, method] of Object.entries(gcpMethods)) {
    implementation[name] = (call: { request: Sent }, reply: grpc.sendUnaryData<object>) => {
      void answer(name, method, call.request).then(
        (value) => reply(null, value),
        (error: unknown) => reply(statusOf(error)),
      )
    }
  }
  return implementation

  async function answer(name: string, method: Method, sent: Sent): Promise<object> {
    const resource = sent.name ?? sent.parent ?? sent.secret?.name ?? ''
    const fault = await gate.admit(name, resource, method.mutates)
    if (fault !== undefined && fault in before) throw before[fault as keyof typeof before]()
    const isOurs = resource === `projects/${project}` || resource.startsWith(`projects/${project}/`)
    if (!isOurs || !isGranted(method.permission)) throw denied(method.permission, resource)
    if (fault === 'hang') return new Promise(() => {})
    const value = method.run(store, sent)
    if (fault === 'lost-reply') throw new StatusError('UNAVAILABLE', 'Connection reset by peer.')
    return fault === 'damaged' ? damaged(value) : value
  }
}

const denied = (permission: string, resource: string): StatusError =>
  new StatusError(
    'PERMISSION_DENIED',
    `Permission 'secretmanager.${permission}' denied for resource '${resource}' (or it may not exist).`,
  )

const before = {
  throttled: () =>
    new StatusError('RESOURCE_EXHAUSTED', "Quota exceeded for quota metric 'Requests' and limit 'per minute'."),
  unavailable: () => new StatusError('UNAVAILABLE', 'The service is currently unavailable.'),
  forbidden: () => denied('versions.access', 'projects/test-project'),
  unauthenticated: () => new StatusError('UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
} as const satisfies Partial<Record<Fault, () => StatusError>>

/** One bit of the payload is another one; the checksum stays. */
function damaged(value: object): object {
  const { payload } = value as { payload?: { data: Buffer } }
  if (payload === undefined) return value
  const data = Buffer.from(payload.data)
  data[0] = (data[0] ?? 0) ^ 1
  return { ...value, payload: { ...payload, data } }
}

function statusOf(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof StatusError) return { code: error.code, details: error.message }
  return { code: codes.INTERNAL, details: String(error) }
}
