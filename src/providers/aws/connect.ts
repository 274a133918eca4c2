import type { SecretsManager } from '@aws-sdk/client-secrets-manager'
import type { Provider } from '../../core/ports.js'
import type { Connect, Settings } from '../description.js'
import { classify } from './classify.js'
import { identityOf } from './identity.js'
import { list } from './list.js'
import { type Choices, choose } from './options.js'
import { read, readEach, readMany, versions } from './reads.js'
import { rotation } from './rotation.js'
import { openSession, type Session } from './session.js'
import { staging } from './staging.js'
import { traits } from './traits.js'
import { refusePlainHttp, transportOf } from './transport.js'
import { label, remove, undelete, write } from './writes.js'

/** Loads the SDK and makes a client of its whole credential chain. No request is made. */
export const connect: Connect = async (settings, ports) => {
  const choices = choose(settings)
  if (choices.endpoint !== undefined) {
    const { protocol, hostname } = new URL(choices.endpoint)
    refusePlainHttp(protocol, hostname, settings.insecureHttp)
  }
  const aws = await openClient(settings, choices)
  const region = await regionOf(aws)
  const facts = {
    traits: ports.send ? { ...traits, paced: true } : traits,
    choices,
    region,
    clock: ports.clock,
    random: ports.random,
  }
  return providerOf(openSession(aws, facts, ports.send), aws)
}

async function openClient(settings: Settings, choices: Choices): Promise<SecretsManager> {
  const sdk = await import('@aws-sdk/client-secrets-manager')
  const aws = new sdk.SecretsManager({
    ...(choices.region !== undefined && { region: choices.region }),
    ...(choices.profile !== undefined && { profile: choices.profile }),
    ...(choices.endpoint !== undefined && { endpoint: choices.endpoint }),
    ...(choices.credentials !== undefined && { credentials: choices.credentials }),
    requestHandler: await transportOf(settings, choices),
    maxAttempts: 1,
  })
  guard(aws, settings.insecureHttp)
  return aws
}

/** An address may come from ~/.aws/config as well: the last word is spoken when a request is about to leave. */
function guard(aws: SecretsManager, insecureHttp: boolean): void {
  aws.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname } = args.request as { protocol?: string; hostname?: string }
      refusePlainHttp(protocol, hostname ?? '', insecureHttp)
      return next(args)
    },
    { step: 'finalizeRequest', name: 'refusePlainHttp', priority: 'low' },
  )
}

async function regionOf(aws: SecretsManager): Promise<string> {
  try {
    return await aws.config.region()
  } catch (error) {
    throw classify(error, { action: 'ListSecrets', name: undefined, region: '' })
  }
}

function providerOf(session: Session, aws: SecretsManager): Provider {
  return {
    traits: session.traits,
    identity: () => identify(session, aws),
    list: (options) => list(session, options?.prefix),
    read: (name, version) => read(session, name, version),
    readMany: (names) => readMany(session, names),
    readEach: (names) => readEach(session, names),
    write: (name, value, options) => write(session, name, value, options),
    remove: (name, options) => remove(session, name, options.expect),
    undelete: (name) => undelete(session, name),
    versions: (name) => versions(session, name),
    label: (name, labels, options) => label(session, name, labels, options),
    staging: staging(session),
    rotation: rotation(session),
    close: async () => aws.destroy(),
  }
}

async function identify({ choices, region }: Session, aws: SecretsManager): Promise<string> {
  try {
    return identityOf(await aws.config.credentials(), choices, region)
  } catch (error) {
    throw classify(error, { action: 'ListSecrets', name: undefined, region })
  }
}
