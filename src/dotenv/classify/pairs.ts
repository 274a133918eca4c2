/** Halves that are worth nothing alone and belong where their other half is. [ending of the half, endings of the other] */
const PAIRS: readonly (readonly [string, readonly string[]])[] = [
  ['ACCESS_KEY_ID', ['SECRET_ACCESS_KEY', 'SECRET_KEY', 'ACCESS_KEY_SECRET', 'SECRET_KEY_ID', 'ACCESS_SECRET']],
  ['ACCESS_KEY', ['SECRET_KEY', 'SECRET_ACCESS_KEY', 'ACCESS_SECRET']],
  ['ROLE_ID', ['SECRET_ID']],
  ['SECRET_ID', ['SECRET_KEY']],
  ['KEY_PAIR_ID', ['PRIVATE_KEY']],
  ['API_KEY_SID', ['API_KEY_SECRET', 'API_SECRET']],
  ['ACCOUNT_SID', ['AUTH_TOKEN', 'AUTH']],
  [
    'KEY_ID',
    ['PRIVATE_KEY', 'KEY_SECRET', 'SECRET_KEY', 'APPLICATION_KEY', 'APP_KEY', 'KEY_VALUE', 'KEY_CONTENT', 'KEY_BASE64'],
  ],
  ['APP_KEY', ['APP_SECRET']],
]

/** The keys of the other half that a half may have, in capitals; empty for a key that is no half. */
export function partnersOf(key: string): readonly string[] {
  const upper = key.toUpperCase().replace(/[-.]/g, '_')
  for (const [half, others] of PAIRS) {
    if (upper !== half && !upper.endsWith(`_${half}`)) continue
    const before = upper.slice(0, upper.length - half.length)
    return others.map((other) => before + other)
  }
  return []
}
