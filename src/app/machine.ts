import { join } from 'node:path'
import { isFailure } from '../core/failure.js'
import type { Clock, EnvFiles } from '../core/ports.js'
import { SecretValue } from '../core/secret.js'
import { createRuns, type Runs } from '../engine/runs.js'
import { folderAt } from '../engine/store.js'
import type { Io } from '../main.js'
import * as files from '../system/files.js'
import { hostFacts } from '../system/host.js'
import { type KeyOptions, type Keys, openKeys, passingKeys } from '../system/keys.js'
import { lockFile } from '../system/lock.js'
import { systemRandom } from '../system/random.js'
import { optional } from './optional.js'
import type { Surroundings } from './surroundings.js'

/** Keys, records and locks of this machine, each opened when it is first needed. */
export interface Machine {
  readonly runs: Runs
  /** Throws KEY_MISSING where there is none and none may be made. */
  readonly keys: (want: { readonly create: boolean }) => Promise<Keys>
  /** As `keys`, for a command that only looks: where no key was ever made, its fingerprints end with the process. */
  readonly keysToLook: () => Promise<Keys>
  readonly locked: (target: string) => <T>(work: () => Promise<T>) => Promise<T>
  /** Whether a lock is held: then the work ends at its own next stop. */
  readonly isHeld: () => boolean
  readonly envFiles: EnvFiles
}

export function machineOf(io: Io, surroundings: Surroundings, clock: Clock): Machine {
  const { stateDir } = surroundings
  const keys = keysOf(io, surroundings)
  const bundleKey = async (): Promise<Uint8Array> => (await keys({ create: true })).key('bundle')
  return {
    runs: createRuns(folderAt(stateDir, files), bundleKey, systemRandom),
    keys,
    keysToLook: async () => {
      try {
        return await keys({ create: false })
      } catch (error) {
        if (!isFailure(error, 'KEY_MISSING')) throw error
        // What was sealed with a key that is gone can be named and listed, but nothing can be compared with it.
        return (await hasSealed(stateDir)) ? lostKeys(error) : passingKeys(systemRandom)
      }
    },
    ...locks(io, surroundings, clock),
    envFiles,
  }
}

const lostKeys = (why: Error): Keys => ({
  key: () => {
    throw why
  },
  source: 'lost',
})

function keysOf({ env }: Io, surroundings: Surroundings): Machine['keys'] {
  const { stateDir, configHome, config, keyFile } = surroundings
  const passphrase = env['VIBESECRETS_PASSPHRASE'] || undefined
  const options: KeyOptions = {
    configHome,
    saltFile: join(stateDir, 'key.salt'),
    ...(config.options.keyFile === undefined ? {} : { keyFile }),
    ...optional('passphraseFile', env['VIBESECRETS_PASSPHRASE_FILE'] || undefined),
    ...(passphrase === undefined ? {} : { passphrase: async () => SecretValue.fromText(passphrase) }),
    keyring: config.options.keyring === true,
  }
  /** With `--passphrase` the variables are a backup's passphrase, unless this machine's own key comes of one too. */
  const own = async (): Promise<KeyOptions> => {
    const isOwn = config.options.passphrase !== true || (await files.statFile(options.saltFile)) !== undefined
    const { passphrase: _, passphraseFile: __, ...rest } = options
    return { ...(isOwn ? options : rest), sealed: await sealedBelow(stateDir) }
  }
  let opened: Promise<Keys> | undefined
  return async ({ create }) => {
    opened ??= own().then((all) => openKeys({ ...all, create }, systemRandom))
    const found = opened
    found.catch(() => {
      opened = undefined
    })
    return await found
  }
}

/** What an earlier key sealed: where one of them is there, a key that is missing is lost, and never replaced. */
async function sealedBelow(stateDir: string): Promise<string[]> {
  const bundles = (await files.listFolder(join(stateDir, 'undo'))).filter((name) => name.endsWith('.sealed'))
  return [join(stateDir, 'store', 'secrets.jsonl'), ...bundles.slice(0, 1).map((name) => join(stateDir, 'undo', name))]
}

async function hasSealed(stateDir: string): Promise<boolean> {
  for (const path of await sealedBelow(stateDir)) if ((await files.statFile(path)) !== undefined) return true
  return false
}

function locks(io: Io, { stateDir, config }: Surroundings, clock: Clock): Pick<Machine, 'locked' | 'isHeld'> {
  const folder = join(stateDir, 'locks')
  let held = 0
  const take = async (target: string) => {
    // Whoever may write to the state folder could put other folders in the place of ours.
    await files.makeFolder(stateDir)
    await files.makeFolder(folder)
    const { name: host, boot } = await hostFacts(io.pid)
    const options = { owner: config.command, waitMs: 10_000, clock, pid: io.pid, host, boot }
    return await lockFile(join(folder, lockName(target)), options)
  }
  return {
    isHeld: () => held > 0,
    locked: (target) => async (work) => {
      const release = await take(target)
      held++
      try {
        return await work()
      } finally {
        held--
        await release()
      }
    },
  }
}

const lockName = (target: string): string => `${Buffer.from(target).toString('base64url').slice(0, 180)}.lock`

const envFiles: EnvFiles = {
  read: (path) => files.readBytes(path),
  replace: async (path, bytes, expect) =>
    await files.replaceFile(path, bytes, { like: 'existing', ...optional('expect', expect) }),
  sweep: async (path) => {
    await files.sweepTemps(path)
  },
}
