import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Session } from '../../support/txtar.js'

interface Schema {
  readonly properties: Readonly<Record<string, { readonly const?: string } | undefined>>
}

/** By the name in the output's `schema`; that of a failure, which has none, is `error`. */
const schemas = new Map(readdirSync('schemas').flatMap((file) => schemaIn(`schemas/${file}`)))

function schemaIn(path: string): [string, Schema][] {
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Schema
  const name = schema.properties['schema']?.const ?? ('error' in schema.properties ? 'error' : undefined)
  return name === undefined ? [] : [[name, schema]]
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, formats: { 'date-time': isTime } })
const compiled = new Map<Schema, ReturnType<typeof ajv.compile>>()

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)
}

/** Holds what a program wrote against its schema: results by the name in `schema`, and errors. */
export function checkJson({ stdout }: Session): void {
  const text = stdout.toString()
  if (!/^\{\s*"(?:schema":\s*"vibesecrets\/|error")/.test(text)) return
  const faults = faultsOf(JSON.parse(text))
  if (faults.length > 0) throw new Error(`not as its schema says:\n  ${faults.join('\n  ')}\n${text}`)
}

/** Why an output does not fit the schema that it names. */
export function faultsOf(output: { readonly schema?: string }): string[] {
  const schema = schemas.get(output.schema ?? 'error')
  if (schema === undefined) return [`there is no schema for ${output.schema}`]
  const validate = compiled.get(schema) ?? ajv.compile(schema)
  compiled.set(schema, validate)
  validate(output)
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** Every schema of an output, by name. */
export const outputSchemas = (): ReadonlyMap<string, Schema> => schemas
