import type { AgeKeys } from '../backup/age.js'
import type { BackupHost } from '../backup/host.js'
import { type KeyPair, makeKeyPair, readIdentities } from '../backup/keys.js'
import { Failure } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'

export type { AgeKeys, KeyPair }
export { makeKeyPair }

/** Where a passphrase may come from, beside the variables. */
export interface PassphraseSources {
  /** `undefined` where there is no terminal to ask on. */
  readonly ask?: () => Promise<SecretValue>
  /** Standard input, where the operator said that the passphrase comes from there. */
  readonly stdin?: () => Promise<Uint8Array>
}

/** The variables, then the person, then the first line of standard input. */
export async function passphraseFrom(
  { ask, stdin }: PassphraseSources,
  host: BackupHost,
): Promise<SecretValue | undefined> {
  const told = await host.passphrase()
  if (told !== undefined) return told
  if (ask !== undefined) return await ask()
  if (stdin === undefined) return undefined
  const bytes = await stdin()
  const end = bytes.findIndex((byte) => byte === 10 || byte === 13)
  const line = end < 0 ? bytes : bytes.subarray(0, end)
  return line.byteLength === 0 ? undefined : SecretValue.fromBytes(line)
}

/** The keys that the operator named. The passphrase is asked for once, and only where a file wants it. */
export async function keysFrom(
  identityFiles: readonly string[],
  sources: PassphraseSources,
  host: BackupHost,
): Promise<AgeKeys> {
  const identities: SecretValue[] = []
  for (const file of identityFiles) {
    const bytes = await host.files.readAll(host.pathOf(file), 1024 * 1024)
    if (bytes === undefined)
      throw new Failure('KEY_MISSING', {
        doing: 'reading the identity file',
        target: file,
        why: 'there is no such file',
        hints: [
          {
            what: 'name the file that backup keygen made',
            command: 'vibesecrets backup verify <file> --identity <file>',
          },
        ],
      })
    identities.push(...(await readIdentities(bytes, file)))
  }
  let asked: Promise<SecretValue | undefined> | undefined
  return {
    identities,
    passphrase: () => {
      asked ??= passphraseFrom(sources, host)
      return asked
    },
  }
}
