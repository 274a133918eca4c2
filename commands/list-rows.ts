import type { Inventory } from '../src/config/inventory.js'
import type { Listing } from '../src/core/ports.js'
import { rotatedOf } from '../src/flows/list.js'
import { graceUntil } from '../src/flows/rotate-keys.js'
import type { ListRow } from '../src/ui/reports/list.js'

/** What the provider lists, with what the inventory says of it. */
export function rowOf(listing: Listing, inventory: Inventory): ListRow {
  const entry = inventory.get(listing.name)
  const rotated = rotatedOf(listing)
  const changed = listing.updatedAt ?? listing.createdAt ?? rotated
  const everyMs = entry?.rotate?.everyMs
  return {
    name: listing.name,
    state: listing.state,
    known: entry !== undefined,
    ...optional('version', listing.version),
    ...optional('createdAt', listing.createdAt),
    ...optional('updatedAt', changed),
    ...optional('rotatedAt', rotated),
    ...optional('purpose', entry?.purpose),
    ...optional('owner', entry?.owner),
    ...optional('strategy', entry?.rotate?.strategy),
    ...optional('everyMs', everyMs),
    ...(everyMs === undefined || changed === undefined ? {} : { dueAt: new Date(changed.getTime() + everyMs) }),
    ...graceOf(listing),
    ...optional('note', noteOf(listing)),
  }
}

/** An old value that a rotation kept is due to end when its grace is over. */
function graceOf({ labels, state }: Listing): Pick<ListRow, 'graceUntil' | 'dueAt'> {
  const until = state === 'present' ? graceUntil(labels) : undefined
  return until === undefined ? {} : { graceUntil: until, dueAt: until }
}

function noteOf({ nativeRotation, recoverableUntil }: Listing): string | undefined {
  if (nativeRotation !== undefined) {
    const { by = 'the service', every } = nativeRotation
    return `rotated by ${by}${every === undefined ? '' : ` every ${every}`}`
  }
  return recoverableUntil && `can be recovered until ${recoverableUntil.toISOString().slice(0, 10)}`
}

/** A row as JSON. */
export function itemOf({
  createdAt,
  updatedAt,
  rotatedAt,
  dueAt,
  graceUntil,
  everyMs,
  known,
  ...row
}: ListRow): object {
  return {
    ...row,
    inventory: known,
    ...optional('createdAt', createdAt?.toISOString()),
    ...optional('updatedAt', updatedAt?.toISOString()),
    ...optional('rotatedAt', rotatedAt?.toISOString()),
    ...optional('dueAt', dueAt?.toISOString()),
    ...optional('graceUntil', graceUntil?.toISOString()),
    ...optional('rotateEverySeconds', everyMs === undefined ? undefined : everyMs / 1000),
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: V })
}
