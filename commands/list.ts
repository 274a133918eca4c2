import type { App, Session } from '../src/app.js'
import { drillsIn, newestKnown } from '../src/flows/drill.js'
import { listAll, withVersions } from '../src/flows/list.js'
import {
  type BackupFacts,
  type ListRow,
  renderCsv,
  renderList,
  renderMarkdown,
  renderPrometheus,
} from '../src/ui/reports/list.js'
import { count } from '../src/ui/text.js'
import { renderHtml } from './list-html.js'
import { itemOf, rowOf } from './list-rows.js'
import { hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'list')
  const { options, inventory } = app.config
  const session = await app.open({ readOnly: true })
  const now = app.clock.now()
  const { provider, concurrency } = session.context
  const listed = await listAll(provider)
  const hasVersions = options.format === 'json' || options.long === true
  const all = (hasVersions ? await withVersions(listed, provider, concurrency) : listed).map((listing) =>
    rowOf(listing, inventory),
  )
  const rows = options.due === true ? all.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now) : all
  await show(app, session, rows)
  return options.due === true && options.fail === true && rows.length > 0 ? 3 : 0
}

/** Files for programs hold deleted names too, with their state; what people read only where they ask. */
async function show(app: App, { context }: Session, rows: readonly ListRow[]): Promise<void> {
  const { environment, provider, options } = app.config
  const now = app.clock.now()
  const shown = options.deleted === true ? rows : rows.filter(({ state }) => state === 'present')
  switch (options.format) {
    case 'json':
      return await app.out.json(jsonOf(rows, context))
    case 'csv':
      return await app.out.result(renderCsv(rows))
    case 'markdown':
      return await app.out.result(renderMarkdown(shown))
    case 'html':
      return await app.out.result(renderHtml(shown, { title: context.identity, now }))
    case 'prometheus': {
      const backups = await backupFacts(app, context.identity)
      const place = { provider, now, backups, ...(environment === undefined ? {} : { environment }) }
      return await app.out.result(renderPrometheus(rows, place))
    }
    default:
      if (shown.length > 0)
        await app.out.result(renderList(shown, { long: options.long === true, width: app.out.width, now }))
      await remark(app, rows.length - shown.length, shown.length, context.identity)
  }
}

/** What this machine knows of backups of this place, and of drills. */
async function backupFacts(app: App, identity: string): Promise<BackupFacts> {
  const host = await app.backups()
  const newest = await newestKnown(identity, host)
  const { good, failed } = await drillsIn(host.state)
  return {
    ...(newest === undefined ? {} : { newest }),
    ...(good === undefined ? {} : { drilled: good }),
    ...(failed === undefined ? {} : { failed }),
  }
}

async function remark(app: App, hidden: number, shown: number, identity: string): Promise<void> {
  if (hidden === 0 && shown === 0) await app.out.note(`no secrets in ${identity}`)
  const { what, command } = hint('see them', `${app.typed()} --deleted`)
  if (hidden > 0) await app.out.note(`${count(hidden, 'deleted name')} not shown\n  ${what}:  ${command}`)
}

function jsonOf(rows: readonly ListRow[], { provider, identity }: Session['context']): object {
  const inState = (wanted: ListRow['state']): number => rows.filter(({ state }) => state === wanted).length
  return {
    schema: 'vibesecrets/list@1',
    target: { provider: provider.traits.id, identity },
    items: rows.map(itemOf),
    summary: { present: inState('present'), deleted: inState('deleted') },
  }
}
