import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Session } from '../../support/txtar.js'

const schemas = new Map(
  readdirSync('schemas')
    .filter((file) => file.endsWith('.schema.json'))
    .map((file) => [file.replace('.schema.json', ''), JSON.parse(readFileSync(`schemas/${file}`, 'utf8'))] as const),
)
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, formats: { 'date-time': isTime } })

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

/** Why an output does not fit its schema; none where no schema of that name is ours. */
export function faultsOf(output: { readonly schema?: string }): string[] {
  const name = output.schema === undefined ? 'error' : (/^vibesecrets\/(.*)@1$/.exec(output.schema)?.[1] ?? '')
  const schema = schemas.get(name)
  if (schema === undefined) return [`there is no schema for ${output.schema}`]
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema)
  validate(output)
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** Every schema of an output, by name. */
export const outputSchemas = (): ReadonlyMap<string, Record<string, unknown>> => schemas
