import { Failure } from '../../core/failure.js'

/**
 * Vault's paths. node-vault encodes nothing: a `?`, `#` or `%` of a name would change the address, and dots would
 * climb out of the mount.
 */
export function encodePath(path: string): string {
  const segments = path.split('/')
  if (segments.some((segment) => /^\.{0,2}$/.test(segment)))
    throw new Failure('NAME_INVALID', { target: path, why: 'a part of the path is empty, . or ..' })
  return segments.map(encodeURIComponent).join('/')
}

/** The folder that holds every name with this prefix, with its `/`: LIST works on folders only. */
export const folderOf = (prefix: string): string => prefix.slice(0, prefix.lastIndexOf('/') + 1)

/** Without the slashes at its ends, as Vault stores it. */
export const trimSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '')

/**
 * Printable characters in segments without blanks at their ends. A segment `.` is resolved by Vault's router, so that
 * it would be another name, and KV v1 stores nothing with two dots in a row.
 */
export const NAME = /^(?!.*\.\.|(?:.*\/)?\.(?:\/|$)|\/|.*(?:\/\/|\/$| \/|\/ | $)| )[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u
