import { SecretValue } from '../../core/secret.js'
import { rawMembers, rawObject } from './raw-json.js'

/** The field that holds a secret, by Vault's own custom for a single value. */
const VALUE = 'value'
/** Who wrote this version: `<version>:<token>`. With another version it is a leftover of `vault kv patch`. */
const TOKEN = 'vibesecrets_token'
/** `<version>:base64` beside a value that is not text: JSON holds no bytes. */
const ENCODING = 'vibesecrets_encoding'
const OURS = [VALUE, TOKEN, ENCODING]

/** One Vault secret: our value, when its field is there, and the fields of others as raw JSON. */
export interface Entry {
  readonly value?: SecretValue
  readonly token?: string
  readonly siblings: ReadonlyMap<string, string>
}

/** Reads the data object of one version. `version` is `0` where the engine keeps none. */
export function decodeEntry(json: string, version: number): Entry {
  const members = rawMembers(json)
  const siblings = new Map([...members].filter(([key]) => !OURS.includes(key)))
  const token = marker(members.get(TOKEN), version)
  const value = shownValue(members.get(VALUE), marker(members.get(ENCODING), version))
  return { siblings, ...(value === undefined ? {} : { value }), ...(token === undefined ? {} : { token }) }
}

/** The data object of a new version, with the fields of others kept. */
export function encodeEntry(
  value: SecretValue | undefined,
  token: string,
  version: number,
  siblings: ReadonlyMap<string, string>,
): string {
  if (value === undefined) return rawObject(siblings)
  const text = value.isText
  return rawObject([
    ...siblings,
    [
      VALUE,
      text ? JSON.stringify(value.reveal()) : JSON.stringify(Buffer.from(value.revealBytes()).toString('base64')),
    ],
    [TOKEN, JSON.stringify(`${version}:${token}`)],
    ...(text ? [] : [[ENCODING, JSON.stringify(`${version}:base64`)] as const]),
  ])
}

function marker(raw: string | undefined, version: number): string | undefined {
  const text: unknown = raw === undefined ? undefined : JSON.parse(raw)
  const own = `${version}:`
  return typeof text === 'string' && text.startsWith(own) ? text.slice(own.length) : undefined
}

/** A number or an object that others put there is its JSON text. */
function shownValue(raw: string | undefined, encoding: string | undefined): SecretValue | undefined {
  if (raw === undefined || raw === 'null') return undefined
  if (!raw.startsWith('"')) return SecretValue.fromText(raw)
  const text = JSON.parse(raw) as string
  return encoding === 'base64' ? SecretValue.fromBytes(Buffer.from(text, 'base64')) : SecretValue.fromText(text)
}
