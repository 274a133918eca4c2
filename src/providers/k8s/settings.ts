import { Failure } from '../../core/failure.js'
import type { Settings } from '../description.js'

/** What the operator said, before the kubeconfig is read. */
export interface Wishes {
  readonly secretName: string
  readonly namespace: string | undefined
  readonly context: string | undefined
  readonly createNamespace: boolean
}

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** The environment wins over the config file. An environment of ours has a Secret of its own. */
export function wishesOf(settings: Settings): Wishes {
  const pick = (variable: string, option: string): string | undefined => {
    const text = settings.env[variable] || String(settings.options[option] ?? '')
    return text === '' ? undefined : text
  }
  const base = pick('K8S_SECRET_NAME', 'secret-name') ?? 'vibebox-secrets'
  const secretName = settings.environment === undefined ? base : `${base}-${settings.environment}`
  const namespace = pick('K8S_SECRET_NAMESPACE', 'namespace')
  refuse(secretName, secretName.length > 253 || !DNS_SUBDOMAIN.test(secretName), 'a Secret')
  if (namespace !== undefined) refuse(namespace, namespace.length > 63 || !DNS_LABEL.test(namespace), 'a namespace')
  const createNamespace = settings.options['create-namespace'] === true
  return { secretName, namespace, context: pick('K8S_CONTEXT', 'context'), createNamespace }
}

function refuse(name: string, wrong: boolean, what: string): void {
  if (!wrong) return
  const why = `${JSON.stringify(name)} cannot be the name of ${what}: lower-case letters, digits and -`
  throw new Failure('CONFIG_INVALID', { why })
}
