/** One page of a listing, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | undefined
}

/** An iterator whose `next()` may be called again after it threw, and goes on where it stood. */
export interface Resumable<T> extends AsyncIterator<T> {
  readonly resumable: true
}

const isResumable = <T>(iterator: AsyncIterator<T>): iterator is Resumable<T> =>
  'resumable' in iterator && iterator.resumable === true

/**
 * A listing over pages. Not a generator, because a generator that threw is at its end: a retry would take the first
 * half of a listing for the whole.
 */
export function overPages<T>(fetch: (from: string | undefined) => Promise<Page<T>>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => pager(fetch) }
}

function pager<T>(fetch: (from: string | undefined) => Promise<Page<T>>): Resumable<T> {
  let page: Page<T> = { items: [], next: undefined }
  let begun = false
  let at = 0
  const next = async (): Promise<IteratorResult<T>> => {
    while (at >= page.items.length) {
      if (begun && page.next === undefined) return { done: true, value: undefined }
      page = await fetch(page.next)
      begun = true
      at = 0
    }
    return { done: false, value: page.items[at++] as T }
  }
  return { resumable: true, next }
}

/** Any iterable as a resumable one: what cannot go on after a failure is begun anew, and what was given is left out. */
export function resumable<T>(open: () => AsyncIterable<T>, keyOf: (item: T) => string): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => restarting(open, keyOf) }
}

function restarting<T>(open: () => AsyncIterable<T>, keyOf: (item: T) => string): Resumable<T> {
  const given = new Set<string>()
  let source: AsyncIterator<T> | undefined
  const next = async (): Promise<IteratorResult<T>> => {
    source ??= open()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await source.next()
        if (step.done === true) return step
        if (given.has(keyOf(step.value))) continue
        given.add(keyOf(step.value))
        return step
      }
    } catch (error) {
      if (!isResumable(source)) source = undefined
      throw error
    }
  }
  const end = async (): Promise<IteratorResult<T>> => {
    await source?.return?.()
    return { done: true, value: undefined }
  }
  return { resumable: true, next, return: end }
}
