import type { App } from '../src/app.js'
import type { Listing } from '../src/core/ports.js'
import { listAll } from '../src/flows/list.js'
import { type ListRow, renderCsv, renderList, renderMarkdown, renderPrometheus } from '../src/ui/reports/list.js'
import { takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'list')
  const session = await app.open({ readOnly: true })
  const listings = await listAll(session.context.provider)
  const now = app.clock.now()
  const all = listings.map((listing) => rowOf(listing, app))
  const rows = app.config.options.due === true ? all.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now) : all
  const { environment, provider, options } = app.config
  switch (options.format) {
    case 'json':
      await app.out.json({
        schema: 'vibesecrets/list@1',
        target: { provider, identity: session.context.identity },
        items: rows.map(itemOf),
        summary: { present: count(rows, 'present'), deleted: count(rows, 'deleted') },
      })
      break
    case 'csv':
      await app.out.result(renderCsv(rows))
      break
    case 'markdown':
      await app.out.result(renderMarkdown(rows))
      break
    case 'prometheus':
      await app.out.result(
        renderPrometheus(rows, { provider, now, ...(environment === undefined ? {} : { environment }) }),
      )
      break
    default:
      if (rows.length === 0) await app.out.note(`no secrets in ${session.context.identity}`)
      else await app.out.result(renderList(rows, { long: options.long === true, width: app.out.width, now }))
  }
  return options.due === true && options.fail === true && rows.length > 0 ? 3 : 0
}

const count = (rows: readonly ListRow[], state: ListRow['state']): number =>
  rows.filter((row) => row.state === state).length

/** What the provider lists, with what the inventory says of it. */
function rowOf(listing: Listing, app: App): ListRow {
  const entry = app.config.inventory.get(listing.name)
  const changed = listing.updatedAt ?? listing.createdAt
  const every = entry?.rotate?.everyMs
  return {
    name: listing.name,
    state: listing.state,
    known: entry !== undefined,
    ...optional('version', listing.version),
    ...optional('createdAt', listing.createdAt),
    ...optional('updatedAt', changed),
    ...optional('purpose', entry?.purpose),
    ...optional('owner', entry?.owner),
    ...optional('strategy', entry?.rotate?.strategy),
    ...optional('everyMs', every),
    ...(every === undefined || changed === undefined ? {} : { dueAt: new Date(changed.getTime() + every) }),
    ...optional('note', noteOf(listing)),
  }
}

function noteOf({ nativeRotation, recoverableUntil }: Listing): string | undefined {
  if (nativeRotation !== undefined)
    return `rotated by ${nativeRotation.by ?? 'the service'}${nativeRotation.every === undefined ? '' : ` every ${nativeRotation.every}`}`
  return recoverableUntil === undefined
    ? undefined
    : `can be recovered until ${recoverableUntil.toISOString().slice(0, 10)}`
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: V })
}

function itemOf({ createdAt, updatedAt, dueAt, graceUntil, everyMs, known, ...row }: ListRow): object {
  return {
    ...row,
    inventory: known,
    ...optional('createdAt', createdAt?.toISOString()),
    ...optional('updatedAt', updatedAt?.toISOString()),
    ...optional('dueAt', dueAt?.toISOString()),
    ...optional('graceUntil', graceUntil?.toISOString()),
    ...optional('rotateEverySeconds', everyMs === undefined ? undefined : everyMs / 1000),
  }
}
