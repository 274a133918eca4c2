import { Failure } from '../core/failure.js'
import type { SecretName } from '../core/names.js'
import type { Present, Provider } from '../core/ports.js'
import { SecretValue, version } from '../core/secret.js'

export interface GetRequest {
  readonly name: SecretName
  readonly version?: string
  /** A key inside a value that is a JSON object; dots go deeper. */
  readonly key?: string
}

/** One value with its facts, or a Failure that says which of absent, deleted and unreadable it is. */
export async function get({ name, version: wanted, key }: GetRequest, provider: Provider): Promise<Present> {
  const found = await present(name, provider, wanted)
  return key === undefined ? found : { ...found, value: keyOf(found.value, key, name) }
}

async function present(name: SecretName, provider: Provider, wanted?: string): Promise<Present> {
  const found = await (wanted === undefined ? provider.read(name) : provider.read(name, version(wanted)))
  if (found.state === 'present') return found
  const secret = wanted === undefined ? name : `${name} (version ${wanted})`
  if (found.state === 'absent')
    throw new Failure('SECRET_NOT_FOUND', {
      doing: 'reading',
      secret,
      why: 'there is no such secret',
      hints: [{ what: 'see what is there', command: 'vibesecrets list' }],
    })
  throw new Failure('SECRET_DELETED', {
    doing: 'reading',
    secret,
    why: 'it was deleted',
    hints: [{ what: 'bring it back', command: `vibesecrets delete ${name} --recover` }],
  })
}

/** The text of a string, and the JSON of anything else, as `jq -r` gives it. */
function keyOf(value: SecretValue, key: string, name: SecretName): SecretValue {
  const found = key.split('.').reduce<unknown>(below, jsonOf(value, name))
  if (found === undefined)
    throw new Failure('SECRET_NOT_FOUND', { doing: 'reading', secret: name, why: `the JSON value has no key ${key}` })
  return SecretValue.fromText(typeof found === 'string' ? found : JSON.stringify(found))
}

const below = (node: unknown, key: string): unknown =>
  typeof node === 'object' && node !== null && Object.hasOwn(node, key)
    ? (node as Record<string, unknown>)[key]
    : undefined

export function jsonOf(value: SecretValue, name: SecretName): unknown {
  try {
    return JSON.parse(value.reveal())
  } catch (error) {
    // the parser's message quotes the value: it is not passed on
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    throw new Failure('INPUT_INVALID', { doing: 'reading a key of', secret: name, why: 'the value is not JSON' })
  }
}
