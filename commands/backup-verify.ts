import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { isPlace } from '../src/flows/backup-place.js'
import { chainNotes, listBackups, type Verified, verifyAll } from '../src/flows/backups.js'
import { locate } from '../src/flows/restore-input.js'
import { hintLines } from '../src/ui/layout.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { ago, count } from '../src/ui/text.js'
import { keysOf, placeOf } from './backup-shared.js'
import { hint, takeArgs } from './shared.js'

/** Reads backups whole and checks every byte; a folder or place is checked as a chain, and all that is bad is named. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  const [typed] = takeArgs(args, ['a file, a folder or an s3:// place'], 0, 'backup verify')
  const host = await app.backups()
  const keys = await keysOf(app, host)
  const what = placeOf(app, typed)
  const { sink, names } = (await isPlace(what, host)) ? await allIn(what) : await oneOf(what)
  const rows = await verifyAll(sink, names, keys, host)
  const notes = chainNotes(rows)
  const bad = rows.filter(({ state }) => state !== 'good')
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/backup-verify@1',
      place: sink.shown,
      items: rows.map(itemOf),
      notes,
      summary: { good: rows.length - bad.length, bad: bad.length },
    })
  else await app.out.result(textOf(app, rows, notes, sink.shown))
  return exitOf(bad)

  async function allIn(place: string) {
    const all = await host.sink(place)
    const found = (await listBackups(all)).map(({ name }) => name)
    if (found.length === 0)
      throw new Failure('INPUT_MISSING', {
        doing: 'backup verify',
        target: all.shown,
        why: 'there is no backup in that place',
      })
    return { sink: all, names: found }
  }
  async function oneOf(file: string) {
    const found = await locate(file, host)
    if (found.kind === 'file') return { sink: found.sink, names: [found.name] }
    throw new Failure('USAGE', {
      doing: 'backup verify',
      target: file,
      why: 'a folder of the old layout has no digests that could be verified',
      hints: [hint('look at what it holds', `restore ${file} --dry-run`)],
    })
  }
}

/** The worst that was found: damage before a key that does not fit. */
function exitOf(bad: readonly Verified[]): number {
  if (bad.length === 0) return 0
  if (bad.some(({ state }) => state === 'damaged')) return 65
  return bad.some(({ state }) => state === 'wrong-key') ? 77 : 74
}

const signs = { good: '✔', damaged: '✘', 'wrong-key': '?', unreadable: '?' } as const
const words = { good: 'good', damaged: 'damaged', 'wrong-key': 'another key', unreadable: 'cannot be read' } as const

function textOf(app: App, rows: readonly Verified[], notes: readonly string[], shown: string): string {
  const now = app.clock.now()
  const lines = rows.map(
    (row): StepLine => ({
      sign: signs[row.state],
      what: row.name,
      why: row.state === 'good' ? goodOf(row, now) : `${words[row.state]}: ${row.why ?? ''}`,
    }),
  )
  const bad = rows.filter(({ state }) => state === 'damaged')
  const last =
    bad.length === 0
      ? ''
      : `\n${hintLines([{ what: `${count(bad.length, 'damaged backup')}: take a copy from another place, or make a new one now`, command: 'vibesecrets backup' }, hint('then take away what cannot be used', `backup prune ${shown} --keep-last 7`)]).join('\n')}`
  const more = notes.map((note) => `\n  ! ${note}`).join('')
  return `${renderSteps(lines, app.out.width)}${more}\n\n${rows.filter(({ state }) => state === 'good').length} of ${count(rows.length, 'backup')} good${last}`
}

function goodOf({ header, secrets = 0, versions = 0 }: Verified, now: Date): string {
  const size =
    versions === secrets ? count(secrets, 'secret') : `${count(secrets, 'secret')}, ${count(versions, 'version')}`
  return header === undefined
    ? size
    : `${size}, backup ${header.counter} of ${header.source}, ${ago(new Date(header.time), now)}`
}

const itemOf = ({ name, state, header, secrets, versions, why }: Verified): object => ({
  name,
  state,
  ...(header === undefined ? {} : { id: header.id, counter: header.counter, time: header.time, source: header.source }),
  ...(secrets === undefined ? {} : { secrets, versions }),
  ...(why === undefined ? {} : { reason: why }),
})
