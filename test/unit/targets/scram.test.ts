import { createHmac } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { saslprep } from '../../../src/targets/saslprep.js'
import { fitsScram, scramVerifier } from '../../../src/targets/scram.js'

describe('a SCRAM verifier', () => {
  test('answers the example of RFC 7677 with its signature', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    const verifier = await scramVerifier(SecretValue.fromText('pencil'), () => salt)
    expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$/)
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    const said = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`
    const serverKey = Buffer.from(verifier.split(':').at(-1) ?? '', 'base64')
    expect(createHmac('sha256', serverKey).update(said).digest('base64')).toBe(
      '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    )
  })
  test.each([
    ['I\u00adX', 'IX'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['a\u00a0b', 'a b'],
    ['e\u0301', 'é'],
    ['😀', '😀'],
    ['e\u0301😀', undefined],
    ['\u00ad', undefined],
  ])('%j is prepared as %j', (raw, prepared) => expect(saslprep(raw)).toBe(prepared))
  test('what is empty, binary or holds a zero fits no login', () => {
    const values = [SecretValue.fromText(''), SecretValue.fromBytes(Buffer.from([255])), SecretValue.fromText('a\0b')]
    expect(values.map(fitsScram)).toEqual([false, false, false])
  })
})
