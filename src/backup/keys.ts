import { types } from 'node:util'
import { Failure } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/
const RECIPIENT = /^age1[0-9a-z]+$/

/** The keys of an age identity file: one a line, `#` begins a comment. What is wrong is told by line, never shown. */
export async function readIdentities(bytes: Uint8Array, file: string): Promise<SecretValue[]> {
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/)
  const found: SecretValue[] = []
  for (const [index, line] of lines.entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    if (!(await isIdentity(text))) throw unfit(file, index + 1, whyNot(text))
    found.push(SecretValue.fromText(text))
  }
  if (found.length === 0) throw unfit(file, 1, 'it holds no key')
  return found
}

function whyNot(text: string): string {
  if (text.startsWith('age-encryption.org/v1') || text.startsWith('-----BEGIN AGE'))
    return 'the identity file is encrypted itself: decrypt it first'
  if (RECIPIENT.test(text)) return 'that is a recipient, the public half: the file with the secret half is needed'
  return 'that is no age identity (AGE-SECRET-KEY-1…)'
}

const unfit = (file: string, line: number, why: string): Failure =>
  new Failure('INPUT_INVALID', {
    doing: 'reading the identity file',
    place: { file, line },
    why,
    hints: [{ what: 'make a key pair', command: 'vibesecrets backup keygen --output key.txt' }],
  })

async function isIdentity(text: string): Promise<boolean> {
  if (!IDENTITY.test(text)) return false
  const { Decrypter } = await import('age-encryption')
  return accepted(() => new Decrypter().addIdentity(text))
}

/** Throws USAGE for what nobody can encrypt to. A secret key in the place of a public one is not repeated. */
export async function checkRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await import('age-encryption')
  for (const [index, each] of recipients.entries()) {
    if (RECIPIENT.test(each) && accepted(() => new Encrypter().addRecipient(each))) continue
    const why = each.startsWith('AGE-SECRET-KEY')
      ? 'is a secret key: give the public one (age1…), which stands in the same file'
      : 'is no age recipient (age1…), or was mistyped'
    throw new Failure('USAGE', {
      doing: 'backup',
      why: `recipient ${index + 1} ${why}`,
      hints: [{ what: 'make a key pair', command: 'vibesecrets backup keygen --output key.txt' }],
    })
  }
}

/** The package checks length, letters and checksum, and throws an Error of its own. */
function accepted(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (types.isNativeError(error)) return false
    throw error
  }
}

export interface KeyPair {
  readonly recipient: string
  /** The text of an identity file, as age-keygen writes it. */
  readonly file: SecretValue
}

/** A new X25519 key pair. */
export async function makeKeyPair(now: Date): Promise<KeyPair> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption')
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  const file = `# created: ${now.toISOString().slice(0, 19)}Z\n# public key: ${recipient}\n${identity}\n`
  return { recipient, file: SecretValue.fromText(file) }
}
