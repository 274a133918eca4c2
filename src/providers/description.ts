import type { Clock, Provider, ProviderId, Random } from '../core/ports.js'

/** One environment variable that a provider understands. */
export interface Variable {
  readonly name: string
  readonly meaning: string
  readonly default?: string
  /** Holds a credential: never shown, not even by `vibesecrets config`. */
  readonly secret?: true
}

/** One key under `providers.<id>` in the config file. */
export interface Option {
  readonly key: string
  readonly type: 'string' | 'integer' | 'boolean' | 'list' | 'map' | 'choice'
  readonly choices?: readonly string[]
  readonly meaning: string
  /** The variable that means the same, and wins over the file. */
  readonly variable?: string
}

/** Which permission each of our abilities needs, in the service's own words. */
export interface Permissions {
  readonly read: readonly string[]
  readonly list: readonly string[]
  readonly write: readonly string[]
  readonly remove: readonly string[]
  readonly undelete?: readonly string[]
  readonly label?: readonly string[]
  readonly rotate?: readonly string[]
}

/** What a provider is, as data: config, detection, the wizard, `doctor` and README's table are made from it. */
export interface Description {
  readonly id: ProviderId
  readonly title: string
  /** Put before every name, where neither `--prefix` nor `prefixVariable` says otherwise. */
  readonly defaultPrefix: string
  readonly prefixVariable?: string
  /** Stands between prefix, environment and name. */
  readonly separator: '/' | '-' | ''
  readonly variables: readonly Variable[]
  readonly options: readonly Option[]
  readonly permissions: Permissions
  /** What it keeps beside the current value, and how many requests a thousand secrets take: for README's table. */
  readonly keeps: { readonly versions: string; readonly deleted: string; readonly thousandReads: string }
  /** One line each: what the operator should know of its limits. */
  readonly remarks: readonly string[]
}

/** What `connect` is given. Environment and files come as arguments: a provider reads neither by itself. */
export interface Settings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `providers.<id>` of the config file. */
  readonly options: Readonly<Record<string, unknown>>
  /** Deadline of one request, in milliseconds. */
  readonly timeoutMs: number
  readonly insecureHttp: boolean
  /** The user's home folder, for files such as a token or a kubeconfig. */
  readonly home?: string
  /** `undefined` when there is no such file. */
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>
  /** `--environment`, for a provider that scopes by something else than a prefix (Kubernetes: the Secret's name). */
  readonly environment?: string
}

/** One request to a service, as it goes through the program's retry, pacing and deadline. */
export interface Request<T> {
  /** For the sentence: "reading", "writing". */
  readonly doing: string
  readonly secret?: string
  /** It changes something, so that without an answer nobody knows. */
  readonly writes?: true
  /** The quota that it counts against, where a service has several. */
  readonly quota?: { readonly key: string; readonly perSecond: number; readonly burst: number }
  send(): Promise<T>
}
/** Sends requests that may all be repeated: reads, and writes that the service knows again by their token. */
export type Send = <T>(request: Request<T>) => Promise<T>

export interface Ports {
  readonly clock: Clock
  readonly random: Random
  /**
   * For a provider that makes several requests in one call: each goes through here, and `traits.paced` says so.
   * Without it they go straight out.
   */
  readonly send?: Send
}

/** Every provider's module exports this. The SDK loads inside, on first use. */
export type Connect = (settings: Settings, ports: Ports) => Promise<Provider>
