import { describe, expect, test } from '@jest/globals'
import { openAge, sealAge } from '../../../src/backup/age.js'
import { checkRecipients, makeKeyPair, readIdentities } from '../../../src/backup/keys.js'
import { Failure } from '../../../src/core/failure.js'
import { SecretValue } from '../../../src/core/secret.js'
import { systemRandom } from '../../../src/system/random.js'
import { codeOf, once, pair, pieces, seal, whole } from './support.js'

const opened = async (file: Uint8Array, keys: Parameters<typeof openAge>[1], size = 65_536) =>
  whole(await openAge(pieces(file, size), keys))

describe('age files', () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 200_000])('%i bytes come back', async (length) => {
    const keys = await pair()
    const bytes = systemRandom(length)
    const file = await seal(bytes, { recipients: [keys.recipient] })
    expect((await opened(file, keys, 1000)).equals(Buffer.from(bytes))).toBe(true)
  })
  test('their writer can open them without any identity, and no recipient is added for that', async () => {
    const { recipient } = await pair()
    const sealed = await sealAge(once(Buffer.from('text')), { recipients: [recipient] }, systemRandom)
    const file = await whole(sealed.bytes)
    expect((await whole(await sealed.open(once(file)))).toString()).toBe('text')
    expect(file.toString('latin1').match(/^-> /gm)).toHaveLength(1)
    const other = await sealAge(once(Buffer.from('text')), { recipients: [recipient] }, systemRandom)
    await whole(other.bytes)
    expect(await codeOf(other.open(once(file)).then(whole))).toBe('DAMAGED')
  })
  test('a failure of the source is told as it is', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a')
      throw new Failure('IO')
    }
    const { recipient } = await pair()
    const sealed = await sealAge(broken(), { recipients: [recipient] }, systemRandom)
    expect(await codeOf(whole(sealed.bytes))).toBe('IO')
    const keys = await pair()
    const file = await seal(systemRandom(300_000), { recipients: [keys.recipient] })
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield file.subarray(0, 100_000)
      throw new Failure('IO')
    }
    expect(await codeOf(openAge(cut(), keys).then(whole))).toBe('IO')
  })
})

describe('what is wrong is told apart', () => {
  const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)
  const bomb = (work: string) =>
    text(['age-encryption.org/v1', `-> scrypt AAAAAAAAAAAAAAAAAAAAAA ${work}`, 'A'.repeat(43), `--- ${'A'.repeat(43)}`])
  const passphrase = async () => SecretValue.fromText('open sesame')
  const keys = { identities: [], passphrase }

  test.each(['21', '23', '30', '999999999999999999'])('work factor %s is refused before any work', async (work) =>
    expect(await codeOf(openAge(once(bomb(work)), keys))).toBe('INPUT_INVALID'),
  )
  test.each(['0', '-1', '1e1', '', 'x'])('work factor %j is damage', async (work) =>
    expect(await codeOf(openAge(once(bomb(work)), keys))).toBe('DAMAGED'),
  )
  test('a passphrase beside recipients is damage', async () =>
    expect(
      await codeOf(
        openAge(
          once(
            text([
              'age-encryption.org/v1',
              '-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10',
              'A'.repeat(43),
              '-> X25519 AAAA',
              'A'.repeat(43),
              '--- AAAA',
            ]),
          ),
          keys,
        ),
      ),
    ).toBe('DAMAGED'))
  test('too many recipients', async () => {
    const stanza = [`-> X25519 ${'A'.repeat(43)}`, 'A'.repeat(43)]
    const file = text(['age-encryption.org/v1', ...Array.from({ length: 200 }, () => stanza).flat(), '--- AAAA'])
    expect(await codeOf(openAge(once(file), keys))).toBe('INPUT_INVALID')
  })
  test('a header without an end is refused at 64 KiB, however long it goes on', async () => {
    let given = 0
    async function* endless() {
      yield Buffer.from('age-encryption.org/v1\n')
      for (;;) {
        given += 4096
        yield Buffer.alloc(4096, 'a')
      }
    }
    expect(await codeOf(openAge(endless(), keys))).toBe('INPUT_INVALID')
    expect(given).toBeLessThan(200_000)
  })
  test.each([
    ['', 'DAMAGED'],
    ['age', 'DAMAGED'],
    ['age-encryption.org/v2\n', 'DAMAGED'],
    ['age-encryption.org/v1\n', 'DAMAGED'],
    ['-----BEGIN AGE ENCRYPTED FILE-----\nnonsense', 'DAMAGED'],
    ['PK\u0003\u0004', 'DAMAGED'],
  ])('%j is %s', async (start, code) => expect(await codeOf(openAge(once(Buffer.from(start)), keys))).toBe(code))
  test('the passphrase is asked for only where a file wants it', async () => {
    let asked = 0
    const own = await pair()
    const file = await seal(Buffer.from('x'), { recipients: [own.recipient] })
    await opened(file, { ...own, passphrase: async () => void asked++ as undefined })
    expect(asked).toBe(0)
  })
})

describe('keys', () => {
  test('a new pair is a file as age-keygen writes it', async () => {
    const { recipient, file } = await makeKeyPair(new Date('2026-01-02T03:04:05Z'))
    expect(file.reveal()).toMatch(
      /^# created: 2026-01-02T03:04:05Z\n# public key: age1[a-z0-9]{58}\nAGE-SECRET-KEY-1[A-Z0-9]{58}\n$/,
    )
    expect(await readIdentities(file.revealBytes(), 'k')).toHaveLength(1)
    expect(await codeOf(checkRecipients([recipient]))).toBe('fine')
  })
  test.each([
    ['a recipient in the place of an identity', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'],
    ['a key that was mistyped', 'AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ'],
    ['an encrypted identity file', 'age-encryption.org/v1'],
    ['nothing', '# only a comment'],
  ])('%s is refused by its line, and not shown', async (_, line) => {
    const error = (await readIdentities(Buffer.from(`# c\n\n${line}\n`), 'k').catch(
      (thrown: unknown) => thrown,
    )) as Failure
    expect(error.code).toBe('INPUT_INVALID')
    expect(JSON.stringify(error.details)).not.toContain('AGE-SECRET-KEY-1Q')
  })
  test('a secret key given as recipient is refused, and not shown', async () => {
    const { file } = await makeKeyPair(new Date(0))
    const secret = file.reveal().trim().split('\n').at(-1) ?? ''
    const error = (await checkRecipients([secret]).catch((thrown: unknown) => thrown)) as Failure
    expect(error.code).toBe('USAGE')
    expect(JSON.stringify(error.details)).not.toContain(secret.slice(16, 40))
  })
  test.each(['', 'ssh-ed25519 AAAA', 'age1', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafh'])(
    'recipient %j is refused',
    async (recipient) => expect(await codeOf(checkRecipients([recipient]))).toBe('USAGE'),
  )
})
