import { Failure, isFailure } from '../../core/failure.js'
import type { Run } from '../host.js'
import { damaged } from '../lines.js'

const LIMIT = 512 * 1024 * 1024
const QUIET = ['--batch', '--no-tty', '--status-fd', '2'] as const

/** By the program gpg, for people who have its keys. */
export async function gpgEncrypt(bytes: Uint8Array, recipients: readonly string[], run: Run): Promise<Uint8Array> {
  // --trust-model always: the operator has named the key, and there is nobody to ask
  const to = recipients.flatMap((each) => ['--recipient', each])
  const { code, stdout, stderr } = await gpg(['--trust-model', 'always', ...to, '--encrypt'], bytes, run)
  if (code === 0 && stdout.byteLength > 0) return stdout
  if (says(stderr, 'INV_RECP'))
    throw new Failure('KEY_MISSING', {
      doing: 'encrypting for gpg',
      names: recipients,
      why: 'gpg has no usable public key for one of the recipients',
      hints: [{ what: 'see the keys that it has', command: 'gpg --list-keys' }],
    })
  throw new Failure('IO', {
    doing: 'encrypting for gpg',
    target: 'gpg',
    why: `it ended with status ${code ?? 'unknown'}`,
  })
}

/** KEY_WRONG where gpg has no secret key for it; DAMAGED where the message cannot be true. */
export async function gpgDecrypt(bytes: Uint8Array, run: Run): Promise<Uint8Array> {
  const { code, stdout, stderr } = await gpg(['--decrypt'], bytes, run)
  const isTrue = says(stderr, 'DECRYPTION_OKAY') && says(stderr, 'GOODMDC')
  if (code === 0 && isTrue) return stdout
  if (says(stderr, 'NO_SECKEY') && !says(stderr, 'DECRYPTION_OKAY'))
    throw new Failure('KEY_WRONG', {
      doing: 'opening the backup',
      why: 'gpg has no secret key for it, or cannot use it',
      hints: [{ what: 'see the keys that it has', command: 'gpg --list-secret-keys' }],
    })
  throw damaged('gpg says that it was changed or cut, or that it is not encrypted data')
}

async function gpg(args: readonly string[], input: Uint8Array, run: Run) {
  try {
    return await run(['gpg', ...QUIET, ...args], { input, timeoutMs: 300_000, limit: LIMIT })
  } catch (error) {
    if (!isFailure(error, 'IO') || error.details.doing !== 'running') throw error
    throw new Failure(
      'UNSUPPORTED',
      {
        doing: 'using gpg',
        why: 'the program gpg is not there',
        hints: [{ what: 'install it', command: 'apt-get install gnupg' }],
      },
      { cause: error },
    )
  }
}

/** gpg's own lines for programs: `[GNUPG:] NO_SECKEY …`. */
const says = (stderr: Uint8Array, word: string): boolean =>
  new RegExp(`^\\[GNUPG:\\] ${word}\\b`, 'm').test(Buffer.from(stderr).toString('latin1'))

/** Binary OpenPGP begins with a byte whose top bit is set; armour with a line that says so. */
export const looksLikeGpg = (start: Buffer): boolean =>
  start.toString('latin1', 0, 27) === '-----BEGIN PGP MESSAGE-----' ||
  (((start[0] ?? 0) & 0x80) !== 0 && start.byteLength > 1)
