import { Failure } from '../../core/failure.js'
import type { Labels } from '../../core/ports.js'

export interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** Tags of ours; all others are left alone. Labels of a staged value stand apart until it is discarded. */
export const OURS = 'vibesecrets:'
export const PENDING = 'vibesecrets-pending:'

const MAX_VALUE = 256
/** What a tag may hold, but `=`, which begins an escape here: =20 for a space at an end, =0A for a line feed. */
const UNSAFE = /[^\p{L}\p{Z}\p{N}_.:/+\-@]|^\p{Z}|\p{Z}$/gu

export function tagsOf(labels: Labels, prefix = OURS): { Key: string; Value: string }[] {
  return Object.entries(labels).map(([key, value]) => ({
    Key: prefix + escaped(key),
    Value: fitting(key, escaped(value)),
  }))
}

export function labelsOf(tags: readonly Tag[] | undefined, prefix = OURS): Labels {
  const ours = (tags ?? []).filter(({ Key }) => Key?.startsWith(prefix))
  return Object.fromEntries(
    ours.map(({ Key = '', Value = '' }) => [unescaped(Key.slice(prefix.length)), unescaped(Value)]),
  )
}

/** What has to change so that the labels are `wanted` and the tags of others stay. */
export function retag(
  tags: readonly Tag[] | undefined,
  wanted: Labels,
  prefix = OURS,
): { readonly set: { Key: string; Value: string }[]; readonly drop: string[] } {
  const now = new Map((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
  const want = tagsOf(wanted, prefix)
  const keys = new Set(want.map(({ Key }) => Key))
  return {
    set: want.filter(({ Key, Value }) => now.get(Key) !== Value),
    drop: [...now.keys()].filter((key) => key.startsWith(prefix) && !keys.has(key)),
  }
}

const escaped = (text: string): string =>
  text.replace(UNSAFE, (char) =>
    [...Buffer.from(char, 'utf8')].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )

function unescaped(text: string): string {
  return text.replace(/(?:=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'))
}

function fitting(key: string, value: string): string {
  if (value.length <= MAX_VALUE) return value
  throw new Failure('VALUE_UNFIT', {
    doing: 'writing labels',
    why: `the label ${key} takes ${value.length} characters as a tag, the limit is ${MAX_VALUE}`,
  })
}
