import { Failure } from './failure.js'

/** Bytes that cannot be guessed; as many as were asked for. */
export type Random = (bytes: number) => Uint8Array
/** A whole number from 0 up to, and without, `size`. */
export type Below = (size: number) => number

/** Every order is as likely as every other (Fisher and Yates). Changes `chars`. */
export function shuffled(chars: string[], below: Below): string[] {
  for (let i = chars.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const held = chars[i] ?? ''
    chars[i] = chars[j] ?? ''
    chars[j] = held
  }
  return chars
}

/**
 * A whole number below `size`, each as likely: draws that would make some likelier are thrown away. A sound source
 * loses less than half of its draws, so a long row of losses means that the source is broken.
 */
export function chooser(random: Random): Below {
  const next = byteByByte(random)
  return (size) => {
    const range = size <= 256 ? 256 : 65_536
    const limit = range - (range % size)
    for (let tries = 0; tries < 1000; tries++) {
      const drawn = range === 256 ? next() : next() * 256 + next()
      if (drawn < limit) return drawn % size
    }
    throw broken()
  }
}

function byteByByte(random: Random): () => number {
  let block: Uint8Array = new Uint8Array(0)
  let at = 0
  return () => {
    if (at >= block.length) {
      block = take(random, 64)
      at = 0
    }
    return block[at++] ?? 0
  }
}

/** Exactly `count` bytes, or a failure: a source that gives fewer is broken. */
export function take(random: Random, count: number): Uint8Array {
  const bytes = random(count)
  if (bytes.length !== count) throw broken()
  return bytes
}

function broken(): Failure {
  return new Failure('INTERNAL', { doing: 'generating a value', why: 'the source of randomness does not work' })
}
