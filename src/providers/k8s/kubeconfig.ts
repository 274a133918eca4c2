import { delimiter, dirname, join } from 'node:path'
import type { Cluster, KubeConfig } from '@kubernetes/client-node'
import { Failure } from '../../core/failure.js'
import { isLoopback, proxyOf, safeUrl } from '../agent.js'
import type { Settings } from '../description.js'

type Sdk = typeof import('@kubernetes/client-node')

/** One cluster, as one of its users. */
export interface Access {
  readonly config: KubeConfig
  readonly server: URL
  readonly contextName: string
  /** Of the context, where it names one. */
  readonly namespace: string | undefined
}

const POD = '/var/run/secrets/kubernetes.io/serviceaccount'

/** KUBECONFIG, then ~/.kube/config, then the pod's own account, as kubectl and its libraries have it. */
export async function accessOf(sdk: Sdk, settings: Settings, wanted: string | undefined): Promise<Access> {
  const config = (await fromFiles(sdk, settings)) ?? (await fromPod(sdk, settings))
  if (config === undefined)
    throw new Failure('CONFIG_INVALID', {
      why: 'there is no kubeconfig, and this is no pod',
      hints: [{ what: 'name one', command: 'export KUBECONFIG=~/.kube/config' }],
    })
  select(config, wanted)
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Failure('CONFIG_INVALID', { why: `context ${config.currentContext} names no cluster` })
  const server = safeServer(cluster, settings)
  config.clusters = [ready(cluster, server, settings)]
  const namespace = config.getContextObject(config.currentContext)?.namespace
  return { config, server, contextName: config.currentContext, namespace }
}

async function fromFiles(sdk: Sdk, settings: Settings): Promise<KubeConfig | undefined> {
  const home = settings.home === undefined ? [] : [join(settings.home, '.kube', 'config')]
  const listed = settings.env['KUBECONFIG']?.split(delimiter).filter((path) => path !== '') ?? []
  let merged: KubeConfig | undefined
  for (const path of listed.length > 0 ? listed : home) {
    const bytes = await settings.readFile(path)
    if (bytes === undefined) continue
    const one = parse(sdk, Buffer.from(bytes).toString('utf8'), path)
    merged = merged === undefined ? one : merge(merged, one)
  }
  if (merged === undefined && listed.length > 0)
    throw new Failure('CONFIG_INVALID', { why: `KUBECONFIG: there is no file ${listed.join(' or ')}` })
  return merged
}

/** An error of the parser quotes the file, tokens included: only the path is told. */
function parse(sdk: Sdk, text: string, path: string): KubeConfig {
  const config = new sdk.KubeConfig()
  try {
    config.loadFromString(text)
  } catch {
    throw new Failure('CONFIG_INVALID', { why: `${path} is not a kubeconfig` })
  }
  config.makePathsAbsolute(dirname(path))
  return config
}

/** The first file to name something wins, as with kubectl; the library would refuse the second. */
function merge(first: KubeConfig, second: KubeConfig): KubeConfig {
  const added = <T extends { name: string }>(mine: T[], more: T[]): T[] => [
    ...mine,
    ...more.filter((one) => !mine.some(({ name }) => name === one.name)),
  ]
  first.clusters = added(first.clusters, second.clusters)
  first.users = added(first.users, second.users)
  first.contexts = added(first.contexts, second.contexts)
  first.currentContext ||= second.currentContext
  return first
}

async function fromPod(sdk: Sdk, settings: Settings): Promise<KubeConfig | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = settings.env
  if (!host || (await settings.readFile(`${POD}/token`)) === undefined) return undefined
  const namespace = await settings.readFile(`${POD}/namespace`)
  const config = new sdk.KubeConfig()
  config.loadFromOptions({
    clusters: [
      { name: 'pod', server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, caFile: `${POD}/ca.crt` },
    ],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile: `${POD}/token` } } }],
    contexts: [{ name: 'pod', cluster: 'pod', user: 'pod', namespace: namespace && Buffer.from(namespace).toString() }],
    currentContext: 'pod',
  })
  return config
}

function select(config: KubeConfig, wanted: string | undefined): void {
  const names = config.contexts.map(({ name }) => name)
  const context = wanted ?? config.currentContext
  if (context && names.includes(context)) {
    config.setCurrentContext(context)
    return
  }
  const why = context ? `the kubeconfig has no context ${context}` : 'the kubeconfig has no current context'
  const hint = { what: 'choose one of the contexts', command: 'export K8S_CONTEXT=<context>' }
  throw new Failure('CONFIG_INVALID', { why, names, hints: [hint] })
}

function safeServer(cluster: Cluster, settings: Settings): URL {
  const server = safeUrl(cluster.server, `the server of cluster ${cluster.name}`, settings.insecureHttp)
  if (server.protocol === 'http:' || !cluster.skipTLSVerify || isLoopback(server)) return server
  throw new Failure('INSECURE', {
    why: `insecure-skip-tls-verify of cluster ${cluster.name} switches the check of the certificate off`,
    target: server.host,
    hints: [{ what: 'put certificate-authority-data into the kubeconfig' }],
  })
}

/** The library takes plain http only with `skipTLSVerify`, and knows a proxy only from the kubeconfig. */
function ready(cluster: Cluster, server: URL, settings: Settings): Cluster {
  const proxyUrl = cluster.proxyUrl ?? proxyOf(server, settings.env)
  const plain = server.protocol === 'http:' ? { skipTLSVerify: true } : {}
  return { ...cluster, ...plain, ...(proxyUrl === undefined ? {} : { proxyUrl }) }
}
