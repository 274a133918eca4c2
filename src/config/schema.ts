import type { Option } from '../providers/description.js'
import { DURATION_PATTERN } from './durations.js'
import { fileKey, providerFacts } from './provider-facts.js'
import { allSettings, longName, type NamedSetting } from './settings.js'

/** The part of JSON Schema that is used here; `check.ts` reads the same object that editors read. */
export interface Schema {
  readonly type?: JsonType | readonly JsonType[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: false | Schema
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly (string | number)[]
  readonly pattern?: string
  readonly minimum?: number
}
export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'boolean'

const text = (description: string): Schema => ({ type: 'string', description })
const texts = (description: string): Schema => ({ type: ['string', 'array'], items: { type: 'string' }, description })
const duration = (description: string): Schema => ({ type: 'string', pattern: DURATION_PATTERN, description })
const integer = (description: string, minimum = 0): Schema => ({ type: 'integer', minimum, description })
const oneOf = (choices: readonly string[], description: string): Schema => ({
  type: 'string',
  enum: choices,
  description,
})
const map = (description: string, values: Schema): Schema => ({
  type: 'object',
  additionalProperties: values,
  description,
})
const shape = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
  ...(required.length === 0 ? {} : { required }),
})

const rotate = shape('how and how often it gets a new value', {
  strategy: oneOf(['random', 'jwt', 'database', 'encryption-key', 'command'], 'how the new value is made and proved'),
  every: duration('how often: 30d'),
  minimum: duration('never more often than this'),
  grace: duration('how long the old value stays accepted: 2h'),
  'token-life': duration('longest life of a token signed with it'),
  'cache-ttl': duration('how long an application keeps it in memory'),
  target: text('what it opens: a name under targets'),
  restart: texts('workloads to restart and watch: deployment/name'),
  reencrypt: texts('program and arguments that re-encrypt what the key protects'),
  count: texts('program and arguments that print how many records are left'),
  command: texts('program and arguments that make or apply the value'),
  length: integer('length of a generated value', 1),
  charset: text('characters or recipe of a generated value'),
})

const also: Schema = {
  type: 'array',
  description: 'secrets that hold the same value and rotate with it, as one',
  items: shape('one of them', { secret: text('its name'), part: text('which part of it: password') }, ['secret']),
}

const secret = shape('one secret of the inventory', {
  purpose: text('what it is for'),
  owner: text('who answers for it'),
  rotate,
  also,
})

const target = shape(
  'what a secret opens',
  {
    type: oneOf(['postgres', 'mysql', 'kubernetes', 'command', 'webhook'], 'kind of target'),
    admin: text('URL of the user that changes roles: a reference'),
    host: text('host'),
    port: integer('port', 1),
    database: text('database'),
    role: text('the role whose password it is'),
    users: oneOf(['single', 'alternating'], 'one role, or two that take turns'),
    namespace: text('Kubernetes namespace'),
    context: text('context of the kubeconfig'),
    url: text('URL to call'),
    command: texts('program and arguments'),
    timeout: duration('how long to wait'),
  },
  ['type'],
)

const sections = {
  $schema: text('where this schema is published'),
  migrate: shape('the command migrate', {
    names: map('names for keys: DATABASE_URL: database-url', { type: 'string' }),
  }),
  providers: shape(
    'settings of each provider',
    Object.fromEntries(Object.entries(providerFacts).map(([id, { options }]) => [id, providerSchema(id, options)])),
  ),
  secrets: map('the inventory: every secret that the application needs', secret),
  targets: map('what secrets open', target),
  backup: shape('the command backup', {
    to: text('folder or s3://bucket/prefix/'),
    keep: shape('how many backups to keep', {}),
  }),
  audit: shape('the audit log', {
    to: { type: 'array', items: oneOf(['file', 'stdout'], 'one place'), description: 'where it is written' },
  }),
} as const satisfies Record<string, Schema>

/** What `vibesecrets.yaml` may hold, as JSON Schema 2020-12. Made from the table of settings and the sections above. */
export function configSchema(): Schema & { readonly $schema: string; readonly title: string } {
  const root = allSettings().reduce<Schema>(withSetting, shape('settings of vibesecrets', sections))
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'vibesecrets.yaml', ...root }
}

function withSetting(root: Schema, setting: NamedSetting): Schema {
  return setting.config === undefined ? root : placed(root, setting.config.split('.'), settingSchema(setting))
}

function placed(schema: Schema, [key = '', ...rest]: readonly string[], leaf: Schema): Schema {
  const inner = schema.properties?.[key]
  const next = rest.length === 0 ? leaf : placed(inner ?? shape('', {}), rest, leaf)
  return { ...schema, properties: { ...schema.properties, [key]: next } }
}

function settingSchema(setting: NamedSetting): Schema {
  const { type, choices = [], least, meaning, negative } = setting
  const description = `${negative === true ? 'false: ' : ''}${meaning} (--${longName(setting)})`
  switch (type) {
    case 'boolean':
      return { type: 'boolean', description }
    case 'integer':
      return integer(description, least)
    case 'duration':
      return duration(description)
    case 'list':
      return texts(description)
    case 'choice':
      return oneOf(choices, description)
    case 'string':
      return text(description)
  }
}

function providerSchema(id: string, options: readonly Option[]): Schema {
  return shape(
    `settings of ${id}`,
    Object.fromEntries(options.map((option) => [fileKey(option.key), optionSchema(option)])),
  )
}

function optionSchema({ type, choices = [], meaning, variable }: Option): Schema {
  const description = variable === undefined ? meaning : `${meaning} (${variable} wins)`
  switch (type) {
    case 'string':
      return text(description)
    case 'integer':
      return integer(description)
    case 'boolean':
      return { type: 'boolean', description }
    case 'list':
      return texts(description)
    case 'map':
      return map(description, { type: 'string' })
    case 'choice':
      return {
        type: ['string', 'integer'],
        enum: [...choices, ...choices.map(Number).filter(Number.isInteger)],
        description,
      }
  }
}
