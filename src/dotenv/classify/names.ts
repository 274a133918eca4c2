import {
  CAPABILITY_ENDINGS,
  GLUED,
  KEYS_THAT_OPEN_NOTHING,
  LIKELY,
  MODIFIERS,
  OWNERS,
  PLAIN,
  PUBLIC_ENDINGS,
  PUBLIC_PREFIXES,
  SECRET_ENDINGS,
  STRONG,
} from './words.js'

/** What a name alone says. `word` is from our own lists, never from a value. */
export type NameVerdict =
  | { says: 'strong' | 'likely' | 'capability'; word: string }
  | { says: 'public' | 'opens-nothing' | 'plain'; word: string }
  | { says: 'middle'; word: string }
  | { says: 'nothing' }

/** `idp_tenantKey` → IDP TENANT KEY: the boundaries are `_`, `-`, `.` and a capital after a small letter. */
export function wordsOf(key: string): readonly string[] {
  const parted = key.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()
  return parted.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
}

/** The public prefix that a key begins with. */
export function publicPrefix(key: string): string | undefined {
  const upper = key.toUpperCase()
  return PUBLIC_PREFIXES.find((prefix) => upper.startsWith(prefix))
}

/** The last words decide; a word in the middle is only a hint (`KEYCLOAK_URL`, `PASSWORD_RESET_ROUTE`). */
export function judgeName(key: string): NameVerdict {
  const whole = wordsOf(key)
  return endingOf(whole) ?? endingOf(withoutModifiers(whole)) ?? middleOf(whole) ?? { says: 'nothing' }
}

function endingOf(words: readonly string[]): NameVerdict | undefined {
  const text = `_${words.join('_')}`
  const ends = (list: readonly string[]) => list.find((ending) => text.endsWith(`_${ending}`))
  return (
    verdict('public', ends(PUBLIC_ENDINGS)) ??
    verdict('opens-nothing', ends(KEYS_THAT_OPEN_NOTHING)) ??
    verdict('likely', ends(SECRET_ENDINGS)) ??
    verdict('capability', ends(CAPABILITY_ENDINGS)) ??
    lastWord(words.at(-1) ?? '')
  )
}

function lastWord(word: string): NameVerdict | undefined {
  const bare = word.replace(/\d+$/, '')
  for (const form of [word, bare]) {
    if (STRONG.has(form)) return { says: 'strong', word: form }
    if (LIKELY.has(form)) return { says: 'likely', word: form }
    if (PLAIN.has(form)) return { says: 'plain', word: form }
  }
  const glued = GLUED.find((ending) => bare.endsWith(ending))
  return verdict(glued !== undefined && STRONG.has(glued) ? 'strong' : 'likely', glued)
}

function withoutModifiers(words: readonly string[]): readonly string[] {
  let end = words.length
  while (end > 1 && changesNothing(words[end - 1] ?? '', words[end - 2] ?? '')) end--
  return words.slice(0, end)
}

function changesNothing(word: string, before: string): boolean {
  return /^V?\d+$/.test(word) || MODIFIERS.has(word) || (OWNERS.has(word) && STRONG.has(before))
}

function middleOf(words: readonly string[]): NameVerdict | undefined {
  const word = words.find((one) => STRONG.has(one) || LIKELY.has(one))
  return verdict('middle', word)
}

function verdict(says: Exclude<NameVerdict['says'], 'nothing'>, word: string | undefined): NameVerdict | undefined {
  return word === undefined ? undefined : { says, word }
}
