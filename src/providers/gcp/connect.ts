import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import type { Provider } from '../../core/ports.js'
import type { Connect } from '../description.js'
import { assertFits } from '../wrap/fit.js'
import { label, remove, undelete } from './change.js'
import { list } from './list.js'
import { type Choices, choose } from './options.js'
import { read, readEach, readMany } from './reads.js'
import { openSession, type Session } from './session.js'
import { traits } from './traits.js'
import { destroyOldVersions, versions } from './versions.js'
import { write } from './write.js'

/** Loads the SDK and makes a client with Google's own chain of credentials. No request is made. */
export const connect: Connect = async (settings, ports) => {
  const choices = choose(settings)
  const client = await openClient(choices)
  const facts = {
    traits: ports.send ? { ...traits, paced: true } : traits,
    choices,
    clock: ports.clock,
    timeoutMs: settings.timeoutMs,
  }
  return providerOf(openSession(client, facts, ports.send))
}

async function openClient({ emulator }: Choices): Promise<SecretManagerServiceClient> {
  const { SecretManagerServiceClient: Client } = await import('@google-cloud/secret-manager')
  if (emulator === undefined) return new Client()
  const { googleAuthLibrary, grpc } = await import('google-gax')
  // An identity that is nobody keeps the SDK from asking the machine who it is.
  const authClient = new googleAuthLibrary.PassThroughClient()
  const sslCreds = grpc.credentials.createInsecure()
  return new Client({ apiEndpoint: emulator.host, port: emulator.port, sslCreds, authClient })
}

function providerOf(session: Session): Provider {
  return {
    traits: session.traits,
    identity: async () => identityOf(session.choices),
    list: (options) => list(session, options?.prefix),
    read: (name, version) => read(session, name, version),
    readMany: (names) => readMany(session, names),
    readEach: (names) => readEach(session, names),
    write: (name, value, options) => write(session, name, value, options),
    remove: (name, options) => remove(session, name, options.expect),
    undelete: (name) => undelete(session, name),
    versions: (name) => versions(session, name),
    label: (name, labels, options) => label(session, name, labels, options),
    destroyOldVersions: async (name, keep) => {
      assertFits(session.traits, 'ending old versions', name)
      return destroyOldVersions(session, name, keep)
    },
    close: () => session.close(),
  }
}

function identityOf({ project, emulator }: Choices): string {
  return emulator === undefined ? project : `${project} at ${emulator.host}:${emulator.port}`
}
