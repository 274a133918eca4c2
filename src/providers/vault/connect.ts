import type { SecretName } from '../../core/names.js'
import type { Clock, Lookup, Provider, Traits, WriteOptions } from '../../core/ports.js'
import { agentFor, proxyOf } from '../agent.js'
import type { Connect } from '../description.js'
import { chunks, parallel } from '../parallel.js'
import { assertFits } from '../wrap/fit.js'
import { type Caller, openCaller } from './client.js'
import * as kv1 from './kv1.js'
import * as kv2 from './kv2.js'
import { destroyOldVersions, listing, undelete, versions } from './kv2-versions.js'
import { label, remove, write } from './kv2-write.js'
import { identityOf, keepsNotes, mountOf } from './mount.js'
import { namesBelow } from './names.js'
import { readSettings, type VaultSettings } from './settings.js'
import { traitsOf } from './traits.js'

/** Requests of one `list` or `readMany` at a time. */
const WIDTH = 16

/** Connects to a KV engine; its version is asked of the server, since abilities depend on it. */
export const connect: Connect = async (given, ports) => {
  const settings = await readSettings(given)
  const agent = await agentFor(settings.address, settings.tls, proxyOf(settings.address, given.env))
  const caller = await openCaller(settings, agent, ports)
  const mount = await mountOf(caller, settings)
  const paced = ports.send !== undefined
  if (mount.kvVersion === 1) return version1(caller, settings, mount.id, traitsOf(1, false, paced))
  const notes = await keepsNotes(caller, settings)
  return version2(caller, settings, traitsOf(2, notes, paced), ports.clock)
}

type Read = Provider['read']
type Shared = Pick<Provider, 'identity' | 'read' | 'readMany' | 'readEach' | 'close'>

function shared(caller: Caller, settings: VaultSettings, read: Read): Shared {
  return {
    identity: () => identityOf(caller, settings),
    read,
    readMany: async (names) => new Map(await parallel(names, WIDTH, async (name) => [name, await read(name)] as const)),
    readEach: async (names) =>
      new Map(await parallel(names, WIDTH, async (name) => [name, await tried(read, name)] as const)),
    close: async () => caller.close(),
  }
}

/** A doubt about one name is told as its Failure; anything else is a bug and thrown. */
async function tried(read: Read, name: SecretName): Promise<Lookup | Error> {
  try {
    return await read(name)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

function version1(caller: Caller, settings: VaultSettings, key: string, traits: Traits): Provider {
  const kv = { caller, mount: settings.mount, key }
  return {
    traits,
    ...shared(caller, settings, (name, wanted) => kv1.read(kv, name, wanted)),
    async *list(options = {}) {
      const names = await namesBelow(caller, settings.mount, options.prefix ?? '')
      yield* names.map((name) => ({ name, state: 'present' as const }))
    },
    async write(name, value, options) {
      assertFits(traits, 'writing', name, value)
      return kv1.write(kv, name, value, options)
    },
    remove: (name, options) => kv1.remove(kv, name, options.expect),
  }
}

function version2(caller: Caller, settings: VaultSettings, traits: Traits, clock: Clock): Provider {
  const { mount } = settings
  const notes = traits.labels
  const now = (): Date => clock.now()
  return {
    traits,
    ...shared(caller, settings, async (name, wanted) => {
      if (wanted !== undefined && !/^[1-9]\d*$/.test(wanted)) return { state: 'absent' }
      return kv2.toLookup(await kv2.look(caller, mount, name, wanted === undefined ? undefined : Number(wanted)))
    }),
    async *list(options = {}) {
      const names = await namesBelow(caller, `${mount}/metadata`, options.prefix ?? '')
      for (const group of chunks(names, WIDTH * 4)) {
        const found = await parallel(group, WIDTH, (name) => listing(caller, mount, name, now()))
        yield* found.filter((each) => each !== undefined)
      }
    },
    async write(name, value, options) {
      assertFits(traits, 'writing', name, value)
      return write(caller, mount, name, value, notes ? options : withoutNotes(options))
    },
    remove: (name, options) => remove(caller, mount, name, options.expect),
    undelete: (name) => undelete(caller, mount, name),
    versions: (name) => versions(caller, mount, name, now),
    ...(notes && { label: (name, labels, options) => label(caller, mount, name, labels, options) }),
    destroyOldVersions: (name, keep) => destroyOldVersions(caller, mount, name, keep),
  }
}

/** Where the token may not write metadata, `traits.labels` says so, and labels are left out. */
function withoutNotes<T extends WriteOptions>({ labels: _labels, description: _description, ...rest }: T) {
  return rest
}
