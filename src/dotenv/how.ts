import type { KeyReading } from './ambiguity.js'

type Value = Extract<KeyReading, { state: 'value' }>

/** One way in which readings differ: what is said of those that have it, and of the others. */
interface Trait {
  /** Undefined where the question makes no sense for what is written. */
  readonly of: (reading: Value, written: string, all: readonly Value[]) => boolean | undefined
  readonly yes: string
  readonly no: string
}

const count = (text: string, sign: string): number => text.split(sign).length - 1
const most = (all: readonly Value[], size: (value: string) => number): number =>
  Math.max(...all.map(({ value }) => size(value)))

/** All that is written has, and the reading that has most of it keeps it. */
const keeps =
  (sign: string): Trait['of'] =>
  ({ value }, written, all) =>
    written.includes(sign) ? count(value, sign) === most(all, (one) => count(one, sign)) : undefined

/** In the order in which they are told; a trait that all readings share tells nothing. */
const TRAITS: readonly Trait[] = [
  {
    of: ({ isExpanded }, written) => (written.includes('$') ? isExpanded : undefined),
    yes: 'expanded',
    no: "'$' is kept",
  },
  { of: ({ spansLines }) => spansLines, yes: 'the next line is part of it', no: 'ends with its line' },
  { of: keeps('#'), yes: "'#' is kept", no: "cut at '#'" },
  {
    of: ({ value }, written) => (/^['"`]/.test(written) ? /^['"`]/.test(value) : undefined),
    yes: 'quotes kept',
    no: 'quotes taken off',
  },
  { of: keeps('\\'), yes: "'\\' is kept", no: "'\\' is an escape" },
  { of: ({ value }) => value !== value.trim(), yes: 'blanks kept', no: 'blanks cut off' },
]

/** Told where nothing else tells two readings apart. */
const LENGTH: Trait = {
  of: ({ value }, _, all) => value.length === most(all, (one) => one.length),
  yes: 'taken whole',
  no: 'cut short',
}

/** For each reading what it does that others do not, in words that give nothing of the value away. */
export function howRead(readings: readonly KeyReading[], written: string): string[] {
  const values = readings.filter((reading) => reading.state === 'value')
  const telling = TRAITS.filter((trait) => new Set(values.map((one) => trait.of(one, written, values))).size > 1)
  const words = (traits: readonly Trait[]): string[] =>
    readings.map((reading) => wordsOf(reading, traits, { written, values }))
  const plain = words(telling)
  const texts = new Set(plain).size === plain.length ? plain : words([...telling, LENGTH])
  return texts.map((text, at) => (texts.indexOf(text) < at ? `${text}, but otherwise` : text))
}

function wordsOf(
  reading: KeyReading,
  traits: readonly Trait[],
  { written, values }: { written: string; values: readonly Value[] },
): string {
  if (reading.state === 'refused') return 'the file is refused'
  if (reading.state === 'absent') return 'absent'
  if (reading.value === '') return 'empty'
  const words = traits.flatMap((trait) => {
    const has = trait.of(reading, written, values)
    return has === undefined ? [] : [has ? trait.yes : trait.no]
  })
  return words.join(', ') || 'a value'
}
