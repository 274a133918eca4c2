import { HIDDEN, type SecretValue } from '../core/secret.js'
import { formsOf, LEAST } from './forms.js'

export interface Redactor {
  /** Remembers a value; what it looks like is worked out when the next text is written. */
  add(value: SecretValue): void
  /** Words that are printed by design (an environment's name): a value equal to one of them is not redacted. */
  allow(words: Iterable<string>): void
  /** Forgets every value: for runs that pass more through than memory can hold, once a batch is written. */
  forget(): void
  /** The text with `[secret]` in place of every remembered value in any of its forms. */
  redact(text: string): string
}

export interface RedactorLimits {
  /** Bytes of values to remember: beyond it the oldest are forgotten. */
  readonly maxBytes: number
}

/** This much of a long value counts as the value. */
const ENOUGH = 32
/** Inside a hit, an overlapping value is looked for in this many last characters. */
const OVERLAP = 256

/** Makes a redactor. Work is linear in the text: one look-up in an index of first characters at each position. */
export function createRedactor(limits: RedactorLimits = { maxBytes: 64 * 1024 * 1024 }): Redactor {
  let index = new FormIndex()
  let waiting: SecretValue[] = []
  let bytes = 0
  const allowed = new Set<string>()

  function add(value: SecretValue): void {
    if (value.byteLength < LEAST) return
    bytes += value.byteLength
    if (bytes > limits.maxBytes) forget(value.byteLength)
    waiting.push(value)
  }

  function forget(rest = 0): void {
    index = new FormIndex()
    waiting = []
    bytes = rest
  }

  function redact(text: string): string {
    for (const value of waiting.splice(0)) index.add(formsOf(value, { allowed, known: index.known }))
    return index.replace(text)
  }

  return {
    add,
    forget: () => forget(),
    redact,
    allow: (words) => {
      for (const word of words) allowed.add(word)
    },
  }
}

/** Sorted forms; `parents[i]` is the longest form that begins form `i`, or -1. */
interface Bucket {
  readonly forms: string[]
  parents: Int32Array
}

/** Forms by a hash of their first six characters. */
class FormIndex {
  /** The first form of each value. */
  readonly known = new Set<string>()
  readonly #buckets = new Map<number, Bucket>()
  readonly #unsorted = new Set<Bucket>()
  /** A cheap first look: which hashes there are at all. */
  readonly #starts = new Uint8Array(1 << 16)

  add(forms: readonly string[]): void {
    if (forms[0] !== undefined) this.known.add(forms[0])
    for (const form of forms) this.#addOne(form)
  }

  #addOne(form: string): void {
    const hash = hashAt(form, 0)
    const bucket = this.#buckets.get(hash) ?? { forms: [], parents: NONE }
    if (bucket.forms.length === 0) this.#buckets.set(hash, bucket)
    bucket.forms.push(form)
    this.#unsorted.add(bucket)
    this.#starts[hash & 0xffff] = 1
  }

  replace(text: string): string {
    this.#sort()
    let out = ''
    let copied = 0
    for (let i = 0; i + LEAST <= text.length; i++) {
      const end = this.#end(text, i)
      if (end === i) continue
      out += text.slice(copied, i) + HIDDEN
      copied = end
      i = end - 1
    }
    return copied === 0 ? text : out + text.slice(copied)
  }

  #sort(): void {
    for (const bucket of this.#unsorted) sort(bucket)
    this.#unsorted.clear()
  }

  /** Where what begins at `from` ends, together with all that overlaps it; `from` when nothing begins there. */
  #end(text: string, from: number): number {
    let end = from + this.#match(text, from)
    for (let i = Math.max(from + 1, end - OVERLAP); i < end; i = Math.max(i + 1, end - OVERLAP)) {
      end = Math.max(end, i + this.#match(text, i))
    }
    return end
  }

  /** How many characters at `at` are a form, or enough of one. */
  #match(text: string, at: number): number {
    if (at + LEAST > text.length) return 0
    const hash = hashAt(text, at)
    if (this.#starts[hash & 0xffff] === 0) return 0
    const bucket = this.#buckets.get(hash)
    return bucket === undefined ? 0 : longest(bucket, text, at)
  }
}

const NONE = new Int32Array()

/** Of six characters. Equal hashes of different beginnings cost a comparison, no more. */
function hashAt(text: string, at: number): number {
  let hash = 0
  for (let i = at; i < at + LEAST; i++) hash = ((hash << 5) - hash + text.charCodeAt(i)) | 0
  return hash
}

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function sort(bucket: Bucket): void {
  bucket.forms.sort(byUnits)
  bucket.parents = new Int32Array(bucket.forms.length)
  const open: number[] = []
  bucket.forms.forEach((form, i) => {
    while (open.length > 0 && !form.startsWith(bucket.forms[open.at(-1) ?? 0] ?? '')) open.pop()
    bucket.parents[i] = open.at(-1) ?? -1
    open.push(i)
  })
}

/**
 * Among sorted forms the one that shares most with the text is a neighbour of the place where the text would stand;
 * a shorter form that stands whole in the text begins the left neighbour, so it is one of its parents.
 */
function longest({ forms, parents }: Bucket, text: string, at: number): number {
  const place = placeOf(forms, text, at)
  let best = hit(forms[place], text, at)
  for (let i = place - 1; i >= 0 && best === 0; i = parents[i] ?? -1) best = hit(forms[i], text, at)
  return Math.max(best, hit(forms[place - 1], text, at))
}

function placeOf(bucket: readonly string[], text: string, at: number): number {
  let low = 0
  let high = bucket.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAfter(bucket[middle] ?? '', text, at)) high = middle
    else low = middle + 1
  }
  return low
}

function isAfter(form: string, text: string, at: number): boolean {
  const same = common(form, text, at)
  if (same === form.length) return false
  return at + same >= text.length || form.charCodeAt(same) > text.charCodeAt(at + same)
}

function common(form: string, text: string, at: number): number {
  const most = form.length < text.length - at ? form.length : text.length - at
  let same = 0
  while (same < most && form.charCodeAt(same) === text.charCodeAt(at + same)) same++
  return same
}

function hit(form: string | undefined, text: string, at: number): number {
  if (form === undefined) return 0
  const same = common(form, text, at)
  return same === form.length || same >= ENOUGH ? same : 0
}
