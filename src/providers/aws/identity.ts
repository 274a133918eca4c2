import type { Choices } from './options.js'

/**
 * Account, region and address. The account's number comes from the credentials themselves, without a request: STS is
 * out of reach behind many private endpoints.
 */
export function identityOf(
  credentials: { readonly accessKeyId: string; readonly accountId?: string | undefined },
  choices: Pick<Choices, 'accountId' | 'endpoint'>,
  region: string,
): string {
  const account = credentials.accountId ?? choices.accountId ?? accountOfKey(credentials.accessKeyId)
  const who = account ?? `key …${credentials.accessKeyId.slice(-4)}`
  const where = choices.endpoint === undefined ? '' : ` at ${new URL(choices.endpoint).origin}`
  return `${who} ${region}${where}`
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Access keys made since 2019 hold their account's number: 40 bits behind the first one, in base 32. */
export function accountOfKey(accessKeyId: string): string | undefined {
  if (!/^A(KIA|SIA|ROA|IDA)[Q-Z2-7][A-Z2-7]{11,}$/.test(accessKeyId)) return undefined
  let bits = 0n
  for (const char of accessKeyId.slice(4, 14)) bits = bits * 32n + BigInt(ALPHABET.indexOf(char))
  const number = ((bits >> 2n) & 0x7fffffffff80n) >> 7n
  return number.toString().padStart(12, '0')
}
