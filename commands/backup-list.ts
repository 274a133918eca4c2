import type { App } from '../src/app.js'
import { type Listed, listBackups } from '../src/flows/backups.js'
import { lastDrill } from '../src/flows/drill.js'
import { table } from '../src/ui/layout.js'
import { ago, number } from '../src/ui/text.js'
import { placeOf } from './backup-shared.js'
import { takeArgs } from './shared.js'

/** The backups of a place, newest first, by their names alone: no key is needed. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [place] = takeArgs(args, ['a folder or an s3:// place'], 0, 'backup list')
  const host = await app.backups()
  const sink = await host.sink(placeOf(app, place))
  const found = await listBackups(sink)
  const drill = await lastDrill(host.state)
  const now = app.clock.now()
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/backup-list@1',
      place: sink.shown,
      items: found.map(itemOf),
      summary: {
        backups: found.length,
        newest: found[0] === undefined ? null : timeOf(found[0]).toISOString(),
        lastDrill:
          drill === undefined ? null : { at: drill.at.toISOString(), file: drill.file, counter: drill.counter },
      },
    })
  else {
    if (found.length === 0) await app.out.note(`no backups in ${sink.shown}`)
    else
      await app.out.result(
        table([['BACKUP', 'COUNTER', 'MADE', 'SIZE'], ...found.map((each) => rowOf(each, now))], {
          width: app.out.width,
          right: [1, 3],
        }).join('\n'),
      )
    await app.out.note(
      drill === undefined
        ? 'never drilled on this machine: vibesecrets restore <file> --drill'
        : `last drill ${ago(drill.at, now)}: ${drill.file}, every value came back`,
    )
  }
  return 0
}

const timeOf = ({ named, modifiedAt }: Listed): Date => named?.time ?? modifiedAt

const rowOf = (each: Listed, now: Date): string[] => [
  each.name,
  each.named === undefined ? '' : String(each.named.counter),
  ago(timeOf(each), now),
  `${number(Math.max(1, Math.round(each.size / 1024)))} kB`,
]

const itemOf = (each: Listed): object => ({
  name: each.name,
  time: timeOf(each).toISOString(),
  size: each.size,
  ...(each.named === undefined ? {} : { counter: each.named.counter, id: each.named.id, source: each.named.label }),
})
