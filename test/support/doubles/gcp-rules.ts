import { crc32c } from './crc32c.js'
import { type Key, refuse, type SecretFields } from './gcp-store.js'

/* Each rule stands behind the sentence of the published protocol (service.proto, resources.proto) that it follows. */

/** "A secret ID is a string with a maximum length of 255 characters and can contain … letters, numerals, - and _" */
export function checkSecretId(id: string): void {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(id))
    refuse('INVALID_ARGUMENT', 'Secret Resource ID must match the pattern [a-zA-Z_0-9-] and have 1 to 255 characters.')
}

/** "projects/*": letters, digits and dashes; a domain-scoped project has a colon. */
export function checkParent(parent: string): void {
  if (!/^projects\/[a-z0-9.:-]+$/.test(parent))
    refuse('INVALID_ARGUMENT', 'Invalid resource field value in the request.')
}

export function checkFields(fields: SecretFields, now: number): void {
  checkLabels(fields.labels ?? {})
  checkAnnotations(fields.annotations ?? {})
  checkAliases(fields.versionAliases ?? {})
  const end = fields.expireTime?.seconds
  if (end !== undefined && Number(end) * 1_000 <= now)
    refuse('INVALID_ARGUMENT', 'Secret.expire_time must be in the future.')
}

/** "The replication policy cannot be changed after the Secret has been created"; without one nothing is created. */
export function checkReplication({ replication }: SecretFields): void {
  const { automatic, userManaged } = replication ?? {}
  if (!automatic && !userManaged) refuse('INVALID_ARGUMENT', 'Secret.replication is required.')
  if (automatic) checkKey(automatic.customerManagedEncryption, 'global')
  if (!userManaged) return
  const replicas = userManaged.replicas ?? []
  if (replicas.length === 0) refuse('INVALID_ARGUMENT', 'Replication.user_managed.replicas cannot be empty.')
  for (const { location = '', customerManagedEncryption } of replicas) {
    if (!/^[a-z]+-[a-z]+\d+$/.test(location)) refuse('INVALID_ARGUMENT', `${location} is not a location.`)
    checkKey(customerManagedEncryption, location)
  }
}

/** "CryptoKeys must reside in `global`" for automatic replication, else "in the same location as the replica". */
function checkKey(key: Key | null | undefined, location: string): void {
  if (!key) return
  const [, where] =
    /^projects\/[^/]+\/locations\/([^/]+)\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.exec(key.kmsKeyName ?? '') ?? []
  if (where !== location) refuse('INVALID_ARGUMENT', `The KMS key must be in ${location}.`)
}

/** "Label keys must be between 1 and 63 characters … `[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}` … No more than 64 labels" */
function checkLabels(labels: Readonly<Record<string, string>>): void {
  const all = Object.entries(labels)
  if (all.length > 64) refuse('INVALID_ARGUMENT', 'No more than 64 labels can be assigned.')
  for (const [key, value] of all) {
    const isKey = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key) && Buffer.byteLength(key) <= 128
    const isValue = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value) && Buffer.byteLength(value) <= 128
    if (!isKey || !isValue) refuse('INVALID_ARGUMENT', `The label ${key} is invalid.`)
  }
}

/**
 * "Annotation keys must be between 1 and 63 characters long, … begin and end with an alphanumeric character, and may
 * have dashes, underscores, dots … The total size of annotation keys and values must be less than 16KiB."
 */
function checkAnnotations(annotations: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(annotations))
    if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(key))
      refuse('INVALID_ARGUMENT', `The annotation key ${key} is invalid.`)
  const size = Object.entries(annotations).reduce((sum, [key, text]) => sum + Buffer.byteLength(key + text), 0)
  if (size >= 16_384) refuse('INVALID_ARGUMENT', 'The total size of annotations must be less than 16KiB.')
}

/** "An alias string must start with a letter and cannot be 'latest' or 'NEW'. No more than 50 aliases" */
function checkAliases(aliases: Readonly<Record<string, string>>): void {
  const names = Object.keys(aliases)
  if (names.length > 50) refuse('INVALID_ARGUMENT', 'No more than 50 version aliases can be assigned.')
  for (const name of names)
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(name) || name === 'latest' || name === 'NEW')
      refuse('INVALID_ARGUMENT', `The version alias ${name} is invalid.`)
}

/** "The secret data. Must be no larger than 64KiB." An empty one is refused: "Field [payload] is required." */
export function checkPayload(data: Buffer, checksum: string | undefined): void {
  if (data.length === 0) refuse('INVALID_ARGUMENT', 'Field [payload] is required.')
  if (data.length > 65_536) refuse('INVALID_ARGUMENT', 'The maximum allowed secret payload size is 65536 bytes.')
  if (checksum !== undefined && Number(checksum) !== crc32c(data))
    refuse('INVALID_ARGUMENT', 'The data_crc32c checksum does not match the payload.')
}

/** "Specifies the fields to be updated." Replication, names and times cannot be. */
const UPDATABLE: Readonly<Record<string, keyof SecretFields>> = {
  labels: 'labels',
  annotations: 'annotations',
  version_aliases: 'versionAliases',
  expire_time: 'expireTime',
  ttl: 'ttl',
}

export function updated(stored: SecretFields, sent: SecretFields, paths: readonly string[]): SecretFields {
  if (paths.length === 0) refuse('INVALID_ARGUMENT', 'Field [update_mask] is required.')
  const next: Record<string, unknown> = { ...stored }
  for (const path of paths) {
    const field = UPDATABLE[path] ?? refuse('INVALID_ARGUMENT', `The field ${path} cannot be updated.`)
    if (sent[field] === undefined || sent[field] === null) delete next[field]
    else next[field] = sent[field]
  }
  return next
}

/** cloud.google.com/secret-manager/docs/filtering: `name:text` finds it anywhere in the id, `labels.key=value` equals. */
export function filterOf(filter: string): (id: string, fields: SecretFields) => boolean {
  if (filter === '') return () => true
  const [, text] = /^name:\s*"?([A-Za-z0-9_-]+)"?$/.exec(filter) ?? []
  if (text !== undefined) return (id) => id.includes(text)
  const [, key, value] = /^labels\.([\w-]+)\s*=\s*"?([\w-]*)"?$/.exec(filter) ?? []
  if (key !== undefined) return (_id, fields) => fields.labels?.[key] === value
  refuse('INVALID_ARGUMENT', 'The filter is invalid.')
}
