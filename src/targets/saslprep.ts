/**
 * Passwords as SCRAM sees them (RFC 4013). PostgreSQL keeps a password as it is when SASLprep refuses it, and drivers
 * know different versions of Unicode: where they may come to different bytes, there is no answer.
 */

const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
const NOTHING = /[\u00ad\u1806\u2060\ufeff]|\u034f|[\u180b-\u180d]|\u200c|\u200d|[\ufe00-\ufe0f]/g

/** Scripts written from left to right, assigned since Unicode 3.2 and prohibited by nobody. */
const UNDOUBTED =
  /^[\u0020-\u007e\u00a1-\u0220\u0222-\u0233\u0250-\u02ad\u0410-\u044f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3]*$/u

/** The text whose bytes every driver and the server derive the keys from; `undefined` where they may differ. */
export function saslprep(password: string): string | undefined {
  const prepared = password.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC')
  if (prepared === password) return password
  return UNDOUBTED.test(prepared) && prepared !== '' ? prepared : undefined
}
