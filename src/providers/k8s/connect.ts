import type { Provider } from '../../core/ports.js'
import type { Connect } from '../description.js'
import { assertFits } from '../wrap/fit.js'
import { type Api, openApi } from './api.js'
import { accessOf } from './kubeconfig.js'
import { wishesOf } from './settings.js'
import { traitsOf } from './traits.js'
import { listings, lookup, type View, viewOf } from './view.js'
import { label, removeMany, writeMany } from './writes.js'

/** Connects to one Secret. No request is made before the first call. */
export const connect: Connect = async (settings, ports) => {
  const wishes = wishesOf(settings)
  const sdk = await import('@kubernetes/client-node')
  const access = await accessOf(sdk, settings, wishes.context)
  const namespace = wishes.namespace ?? access.namespace ?? 'default'
  const target = { namespace, name: wishes.secretName, createNamespace: wishes.createNamespace }
  const api = openApi(sdk, access, { ...target, timeoutMs: settings.timeoutMs }, ports)
  const identity = `${access.server.host} ${namespace}/${wishes.secretName}`
  return providerOf(api, identity, ports.send !== undefined, () => ports.clock.now())
}

function providerOf(api: Api, identity: string, paced: boolean, now: () => Date): Provider {
  const traits = traitsOf(paced)
  const inTurn = oneByOne()
  const see = async (doing: string, secret?: string): Promise<View | undefined> => {
    const found = await api.get(doing, secret)
    return found && viewOf(found)
  }
  const writeAll: NonNullable<Provider['writeMany']> = async (writes) => {
    for (const { name, value } of writes) assertFits(traits, 'writing', name, value)
    return inTurn(() => writeMany(api, writes, now))
  }
  return {
    traits,
    identity: async () => identity,
    async *list(options = {}) {
      yield* listings(await see('listing'), options.prefix ?? '')
    },
    async read(name, version) {
      const found = lookup(await see('reading', name), name)
      const isOther = version !== undefined && found.state === 'present' && found.version !== version
      return isOther ? { state: 'absent' } : found
    },
    async readMany(names) {
      const view = await see('reading')
      return new Map(names.map((name) => [name, lookup(view, name)]))
    },
    async write(name, value, options) {
      const written = (await writeAll([{ ...options, name, value }])).get(name)
      return written as NonNullable<typeof written>
    },
    writeMany: writeAll,
    remove: (name, { expect }) => inTurn(() => removeMany(api, [{ name, expect }])),
    removeMany: (removes) => inTurn(() => removeMany(api, removes)),
    label: (name, labels, options) => inTurn(() => label(api, name, labels, options)),
    close: async () => api.close(),
  }
}

/** Our own writes wait for each other: all of them change the same object, and would only make conflicts. */
function oneByOne(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const next = last.then(act, act)
    last = next
    return next
  }
}
