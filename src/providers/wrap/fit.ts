import { Failure } from '../../core/failure.js'
import { misfit } from '../../core/names.js'
import type { Traits } from '../../core/ports.js'
import type { SecretValue } from '../../core/secret.js'

/** Throws NAME_INVALID or VALUE_UNFIT for what the service would refuse, so that no request is made for it. */
export function assertFits(traits: Traits, doing: string, name: string, value?: SecretValue): void {
  const ofName = misfit(name, traits.names)
  if (ofName !== undefined) throw new Failure('NAME_INVALID', { doing, secret: name, why: ofName })
  const ofValue = value && misfitOf(traits, value)
  if (ofValue !== undefined) throw new Failure('VALUE_UNFIT', { doing, secret: name, why: ofValue })
}

function misfitOf(traits: Traits, value: SecretValue): string | undefined {
  if (value.byteLength > traits.maxBytes) return `${value.byteLength} bytes, the limit is ${traits.maxBytes}`
  if (value.byteLength === 0 && !traits.emptyValues) return 'an empty value, which the service does not take'
  if (!traits.binary && !value.isText) return 'a binary value, which the service does not take'
  return undefined
}
