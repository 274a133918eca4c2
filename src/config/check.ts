import type { JsonType, Schema } from './schema.js'
import { closest } from './suggest.js'

/** What is wrong at one place of a document. Never repeats a value; a key only where it looks like one. */
export interface Fault {
  readonly path: readonly (string | number)[]
  /** Whether the key itself is wrong, or what stands there. */
  readonly at: 'key' | 'value'
  readonly text: string
}

/** Every way in which a document does not fit its schema. */
export function check(value: unknown, schema: Schema, path: readonly (string | number)[] = []): Fault[] {
  if (!types(schema).includes(typeOf(value))) return [{ path, at: 'value', text: `has to be ${words(schema)}` }]
  if (Array.isArray(value)) return value.flatMap((item, i) => check(item, schema.items ?? {}, [...path, i]))
  if (typeof value === 'object' && value !== null) return checkObject(value, schema, path)
  return checkScalar(value, schema, path)
}

function types({ type }: Schema): readonly (JsonType | 'null')[] {
  if (type === undefined) return ['object', 'array', 'string', 'integer', 'boolean']
  return typeof type === 'string' ? [type] : type
}

function typeOf(value: unknown): JsonType | 'null' {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number' && Number.isInteger(value)) return 'integer'
  return typeof value === 'object' && value !== null ? 'object' : 'null'
}

function checkObject(value: object, schema: Schema, path: readonly (string | number)[]): Fault[] {
  const { properties = {}, additionalProperties, required = [] } = schema
  const missing = required.filter((key) => !Object.hasOwn(value, key))
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const inner = Object.hasOwn(properties, key) ? properties[key] : additionalProperties
    if (inner) return check(item, inner, [...path, key])
    return inner === false
      ? [{ path: [...path, key], at: 'key' as const, text: unknownKey(key, Object.keys(properties)) }]
      : []
  })
  return [...missing.map((key) => ({ path, at: 'value' as const, text: `"${key}" is missing` })), ...entries]
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closest(key, known)
  const shown = /^[\w.-]{1,40}$/.test(key) ? `unknown key "${key}"` : 'unknown key'
  return meant === undefined
    ? `${shown}; known are ${known.filter((one) => one !== '$schema').join(', ')}`
    : `${shown}, did you mean "${meant}"?`
}

function checkScalar(value: unknown, schema: Schema, path: readonly (string | number)[]): Fault[] {
  const fits =
    (schema.enum === undefined || schema.enum.includes(value as string | number)) &&
    (schema.pattern === undefined || typeof value !== 'string' || new RegExp(schema.pattern, 'u').test(value)) &&
    (schema.minimum === undefined || typeof value !== 'number' || value >= schema.minimum)
  return fits ? [] : [{ path, at: 'value', text: `has to be ${words(schema)}` }]
}

function words(schema: Schema): string {
  if (schema.enum !== undefined) return `one of ${[...new Set(schema.enum.map(String))].join(', ')}`
  if (schema.pattern !== undefined) return 'a duration such as 90s, 15m, 2h or 7d'
  if (schema.minimum !== undefined) return `a whole number of at least ${schema.minimum}`
  return types(schema)
    .map((type) => NAMES[type])
    .join(' or ')
}

const NAMES: Readonly<Record<JsonType | 'null', string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'empty',
}
