import type { TokenCredential } from '@azure/identity'
import type { SecretClient } from '@azure/keyvault-secrets'
import type { Provider } from '../../core/ports.js'
import type { Connect } from '../description.js'
import { list, versions } from './list.js'
import { read, readEach, readMany } from './reads.js'
import { openSession, type Policy, pacing, type Session, straight, timed } from './session.js'
import { type Choices, choose } from './settings.js'
import { traits } from './traits.js'
import { label, remove, undelete, write } from './writes.js'

/** Loads the SDK and makes a client with Azure's own chain of credentials. No request is made. */
export const connect: Connect = async (settings, ports) => {
  const choices = await choose(settings)
  const send = ports.send ?? straight
  const { timeoutMs } = settings
  const client = await openClient(choices, timeoutMs, pacing(send, timeoutMs, choices.host))
  return providerOf(
    openSession({
      traits: ports.send ? { ...traits, paced: true } : traits,
      choices,
      clock: ports.clock,
      timeoutMs,
      client,
      send,
    }),
  )
}

/** The SDK neither repeats nor follows a redirect, which would carry the token elsewhere. */
async function openClient(choices: Choices, timeoutMs: number, policy: Policy): Promise<SecretClient> {
  const { SecretClient: Client } = await import('@azure/keyvault-secrets')
  const options = {
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    ...(choices.ca && { tlsOptions: { ca: choices.ca } }),
  }
  return new Client(choices.url, await credentialOf(choices, timeoutMs), {
    ...options,
    additionalPolicies: [{ policy, position: 'perRetry' }],
    disableChallengeResourceVerification: choices.trustsHost,
  })
}

/** A service principal that is named outright wins; else environment, workload, managed identity and developer tools. */
async function credentialOf(choices: Choices, timeoutMs: number): Promise<TokenCredential> {
  const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity')
  const options = {
    ...(choices.authority !== undefined && { authorityHost: choices.authority }),
    ...(choices.ca && { tlsOptions: { ca: choices.ca } }),
    disableInstanceDiscovery: choices.isForeignAuthority,
    additionalPolicies: [{ policy: timing(timeoutMs), position: 'perRetry' as const }],
  }
  if (choices.principal !== undefined) {
    const { tenant, client, secret } = choices.principal
    return new ClientSecretCredential(tenant, client, secret, options)
  }
  return new DefaultAzureCredential({
    ...options,
    processTimeoutInMs: timeoutMs,
    ...(choices.tenant !== undefined && { tenantId: choices.tenant }),
    ...(choices.client !== undefined && { managedIdentityClientId: choices.client }),
  })
}

const timing = (timeoutMs: number): Policy => ({
  name: 'vibesecrets-timing',
  sendRequest: (request, next) => next(request.abortSignal ? request : timed(request, timeoutMs)),
})

function providerOf(session: Session): Provider {
  return {
    traits: session.traits,
    identity: async () => session.choices.host,
    list: (options) => list(session, options?.prefix),
    read: (name, version) => read(session, name, version),
    readMany: (names) => readMany(session, names),
    readEach: (names) => readEach(session, names),
    write: (name, value, options) => write(session, name, value, options),
    remove: (name, options) => remove(session, name, options.expect),
    undelete: (name) => undelete(session, name),
    versions: (name) => versions(session, name),
    label: (name, labels, options) => label(session, name, labels, options),
    close: async () => {},
  }
}
