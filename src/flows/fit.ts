import { Failure, type Hint } from '../core/failure.js'
import { collisions, misfit } from '../core/names.js'
import type { Provider } from '../core/ports.js'
import type { Wanted } from './migrate-plan.js'

/** Everything that a provider cannot hold of a batch, found before the first write: names, sizes, kinds. */
export function faultsOfFit(wanted: readonly Wanted[], provider: Provider, prefix: string): string[] {
  const { traits } = provider
  const faults = wanted.flatMap((one) => faultsOf(one, provider, prefix).map((why) => `${one.name}: ${why}`))
  const total = wanted.reduce((sum, { name, value }) => sum + name.length + value.byteLength, 0)
  if (traits.maxTotalBytes !== undefined && total > traits.maxTotalBytes)
    faults.push(`all together: ${total} bytes, the limit is ${traits.maxTotalBytes} for one place`)
  for (const group of collisions(
    wanted.map(({ name }) => [name, prefix + name]),
    traits.names,
  ))
    faults.push(`${group.join(', ')}: one name to this service, which does not tell upper from lower case`)
  return faults
}

function faultsOf({ name, value, labels, description }: Wanted, { traits }: Provider, prefix: string): string[] {
  const faults: string[] = []
  const ofName = misfit(prefix + name, traits.names)
  if (ofName !== undefined) faults.push(ofName)
  if (value.byteLength > traits.maxBytes) faults.push(`${value.byteLength} bytes, the limit is ${traits.maxBytes}`)
  if (value.byteLength === 0 && !traits.emptyValues) faults.push('an empty value, which the service does not take')
  if (!traits.binary && !value.isText) faults.push('a binary value, which the service does not take')
  if (traits.labels && Object.keys(labels ?? {}).length > MAX_LABELS) faults.push(`more than ${MAX_LABELS} labels`)
  if (traits.descriptions && (description ?? '').length > MAX_DESCRIPTION)
    faults.push(`a description of more than ${MAX_DESCRIPTION} characters`)
  return faults
}
const MAX_LABELS = 12
const MAX_DESCRIPTION = 2048

/** Throws VALUE_UNFIT naming all that does not fit; nothing has been written then. `hints` are the command's own. */
export function refuseMisfits(
  wanted: readonly Wanted[],
  provider: Provider,
  prefix: string,
  target: string,
  hints: readonly Hint[] = [],
): void {
  const problems = faultsOfFit(wanted, provider, prefix)
  if (problems.length > 0)
    throw new Failure('VALUE_UNFIT', { doing: 'checking what shall be written', target, problems, hints })
}
