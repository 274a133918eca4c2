/** What AWS refuses and the test servers accept. Each rule names its page of the documentation. */

export interface Refusal {
  readonly type: string
  readonly message: string
}
type Body = Readonly<Record<string, unknown>>

const refusal = (type: string, message: string): Refusal => ({ type, message })
const invalid = (message: string): Refusal => refusal('ValidationException', message)

/** CMKs that exist, for tests of `kms-key`. */
export const KNOWN_KEYS = ['alias/aws/secretsmanager', 'alias/vibebox']

/** Rules that need no look at the server. */
export function refuse(action: string, body: Body): Refusal | undefined {
  return ofName(body) ?? ofValue(action, body) ?? ofToken(action, body) ?? ofKey(body) ?? ofTags(body) ?? ofLists(body)
}

/** API_CreateSecret: 1 to 512 of ASCII letters, numbers and /_+=.@- */
function ofName(body: Body): Refusal | undefined {
  const name = body.Name ?? body.SecretId
  if (name === undefined || String(name).startsWith('arn:')) return undefined
  if (/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(String(name))) return undefined
  return invalid('Invalid name. Must be a valid name containing alphanumeric characters, or any of: -/_+=.@!')
}

/** API_PutSecretValue: SecretString 1 to 65536 bytes, SecretBinary likewise. */
function ofValue(action: string, body: Body): Refusal | undefined {
  if (!['CreateSecret', 'PutSecretValue', 'UpdateSecret'].includes(action)) return undefined
  const { SecretString: text, SecretBinary: binary } = body
  if (text !== undefined && binary !== undefined)
    return refusal('InvalidParameterException', "You can't specify both SecretString and SecretBinary.")
  const size =
    text === undefined ? Buffer.from(String(binary ?? 'AA=='), 'base64').length : Buffer.byteLength(String(text))
  if (size < 1) return invalid('Member must have length greater than or equal to 1')
  if (size > 65_536) return invalid('Member must have length less than or equal to 65536')
  if (action === 'PutSecretValue' && text === undefined && binary === undefined)
    return refusal('InvalidRequestException', 'You must provide either SecretString or SecretBinary.')
  if (String(body.Description ?? '').length > 2_048)
    return invalid('Member must have length less than or equal to 2048')
  return undefined
}

/** ClientRequestToken: 32 to 64 characters. */
function ofToken(action: string, body: Body): Refusal | undefined {
  const token = body.ClientRequestToken
  if (token === undefined)
    return ['CreateSecret', 'PutSecretValue', 'RotateSecret'].includes(action)
      ? refusal('InvalidRequestException', 'You must provide a ClientRequestToken value.')
      : undefined
  const { length } = String(token)
  return length < 32 || length > 64
    ? refusal('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.')
    : undefined
}

function ofKey({ KmsKeyId: key }: Body): Refusal | undefined {
  if (key === undefined || KNOWN_KEYS.includes(String(key))) return undefined
  return refusal(
    'EncryptionFailure',
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key.",
  )
}

/** API_TagResource: 50 tags, keys of 1 to 128 and values of 0 to 256 of letters, numbers, spaces and _.:/=+-@ */
function ofTags({ Tags: tags }: Body): Refusal | undefined {
  if (!Array.isArray(tags)) return undefined
  if (tags.length > MAX_TAGS) return tooManyTags
  const bad = tags.some(
    ({ Key, Value }: { Key?: string; Value?: string }) => !isTag(Key, 1, 128) || !isTag(Value, 0, 256),
  )
  return bad ? refusal('InvalidParameterException', 'Invalid tag key or value.') : undefined
}
export const MAX_TAGS = 50
export const tooManyTags = refusal('InvalidParameterException', 'Tags exceed the limit of 50.')

function isTag(text = '', least: number, most: number): boolean {
  return (
    text.length >= least && text.length <= most && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text) && !/^aws:/i.test(text)
  )
}

/** API_BatchGetSecretValue: 20 ids; API_ListSecrets: 100 a page, 10 filters of 10 values; API_DeleteSecret: 7 to 30 days. */
function ofLists(body: Body): Refusal | undefined {
  const { SecretIdList: ids, MaxResults: page, Filters: filters, VersionStages: stages } = body
  if (Array.isArray(ids) && ids.length > 20) return invalid('Member must have length less than or equal to 20')
  if (Array.isArray(ids) && filters !== undefined)
    return refusal('InvalidParameterException', "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
  if (Number(page ?? 1) < 1 || Number(page ?? 1) > 100)
    return invalid('Member must have value less than or equal to 100')
  if (Array.isArray(stages) && stages.length > 20) return invalid('Member must have length less than or equal to 20')
  if (Array.isArray(filters) && !filters.every(isFilter)) return invalid('Invalid filter')
  return undefined
}

function isFilter({ Values: values }: { Values?: string[] }): boolean {
  return (
    Array.isArray(values) &&
    values.length >= 1 &&
    values.length <= 10 &&
    values.every((value) => /^!?[a-zA-Z0-9 :_@/+=.\-!]{0,511}$/.test(value))
  )
}
