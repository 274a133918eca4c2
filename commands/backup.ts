import type { App, Session } from '../src/app.js'
import type { BackupHost } from '../src/backup/host.js'
import { Failure } from '../src/core/failure.js'
import { type BackupReport, backup, countNames } from '../src/flows/backup.js'
import { gpgBackup } from '../src/flows/backup-gpg.js'
import { passphraseFrom } from '../src/flows/backup-keys.js'
import { fileIn, type Target, targetOf } from '../src/flows/backup-place.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { count, list, shellWord } from '../src/ui/text.js'
import { writeEnv } from './backup-env.js'
import { placeOf } from './backup-shared.js'
import { wantsOf } from './copy.js'
import { hint, takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'backup')
  const { options } = app.config
  if (options.format === 'env') return await writeEnv(app)
  const out = placeOf(app, options.out)
  if (out === '-') refuseOnTerminal(app)
  const host = await app.backups()
  const target = await targetOf(out, host, app.out.raw)
  const session = await app.open({ readOnly: true })
  await remarkOnFallback(app, session)
  if (options.dryRun === true) return await preview(app, session, target)
  const begun = app.clock.now().getTime()
  if ((options.gpgRecipient ?? []).length > 0) return await forGpg(app, session, target, host)
  const to = await recipientsOf(app, host)
  const report = await backup(
    { to, ...target, ...requestOf(app), allVersions: options.allVersions === true, forget: app.out.redactor.forget },
    session.context,
    host,
  )
  await tell(app, session, target, report, app.clock.now().getTime() - begun)
  return 0
}

/** A cron job goes on under the emergency switch: what it makes then must not pass for a backup of the store. */
async function remarkOnFallback(app: App, { context }: Session): Promise<void> {
  if (app.config.origins.get('provider')?.detail !== 'ENABLE_SECRET_MANAGER') return
  await app.out.warn(
    `ENABLE_SECRET_MANAGER=false: this is a backup of the environment, not of the store (${context.identity})`,
  )
}

function refuseOnTerminal(app: App): void {
  if (app.isJson)
    throw new Failure('USAGE', {
      doing: 'backup',
      why: 'the backup and the JSON report cannot both go to standard output',
    })
  if (app.out.isTerminal)
    throw new Failure('USAGE', {
      doing: 'backup',
      why: 'standard output is a terminal: a backup is binary',
      hints: [hint('send it to a file', 'backup --out - > backup.age')],
    })
}

function requestOf(app: App) {
  const { include = [], exclude = [], yes } = app.config.options
  return { wants: wantsOf(app), include, exclude, replace: yes === true }
}

/** Recipients from `-r` or the config, or a passphrase; never both, since age cannot. */
async function recipientsOf(app: App, host: BackupHost) {
  const { recipient = [], passphrase } = app.config.options
  if (passphrase === true) return { passphrase: await passphraseOf(app, host) }
  const recipients = [...new Set(recipient)]
  if (recipients.length === 1)
    await app.out.warn('one recipient: if its key is lost, the backup is lost\n  add a second one:  -r age1…')
  if (recipients.length > 0) return { recipients }
  throw new Failure('USAGE', {
    doing: 'backup',
    why: 'nothing says who shall be able to open it',
    hints: [
      hint('make a key pair', 'backup keygen --output key.txt'),
      hint('name its recipient', 'backup -r age1…'),
      hint('or use a passphrase', 'backup --passphrase'),
    ],
  })
}

async function passphraseOf(app: App, host: BackupHost) {
  const ask = async () => await app.prompt.askHidden('passphrase for the backup', { again: true })
  const found = await passphraseFrom(app.prompt.isPossible ? { ask } : { stdin: app.readStdin }, host)
  if (found !== undefined && found.byteLength > 0) return found
  throw new Failure('KEY_MISSING', {
    doing: 'backup',
    why: 'the passphrase is empty or was not given',
    hints: [hint('give it in a file', 'backup --passphrase   (with VIBESECRETS_PASSPHRASE_FILE=<file>)')],
  })
}

async function preview(app: App, { context }: Session, target: Target): Promise<number> {
  const names = await countNames(requestOf(app), context)
  const where = fileIn(target.sink, target.name ?? '<dated name>.age')
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/backup@1',
      target: { provider: app.config.provider, identity: context.identity },
      state: 'planned',
      place: target.sink.shown,
      items: [],
      summary: { secrets: names },
    })
  else
    await app.out.result(
      `${context.identity} → ${where}\n\n${count(names, 'secret')} would be read\ndry run: nothing was written`,
    )
  return 0
}

async function forGpg(app: App, { context }: Session, target: Target, host: BackupHost): Promise<number> {
  const { gpgRecipient = [], allVersions } = app.config.options
  if (allVersions === true)
    throw new Failure('USAGE', {
      doing: 'backup',
      why: 'the layout for gpg users has no place for versions',
      hints: [hint('use age instead', 'backup --all-versions -r age1…')],
    })
  const { name, secrets, opened } = await gpgBackup(
    gpgRecipient,
    { ...target, ...requestOf(app), allVersions: false },
    context,
    host,
  )
  const file = fileIn(target.sink, name)
  const lines: StepLine[] = [
    {
      sign: '✔',
      what: `${count(secrets, 'secret')} written`,
      why: opened
        ? 'read back, decrypted by gpg and compared'
        : 'read back; gpg has no secret key here, so nobody has opened it yet',
    },
  ]
  const text = `${context.identity} → ${file}\n\n${renderSteps(lines, app.out.width)}\n\ncurrent values only: labels, descriptions and versions have no place in it`
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/backup@1',
      target: { provider: app.config.provider, identity: context.identity },
      state: 'done',
      place: target.sink.shown,
      file: name,
      items: [],
      summary: { secrets, opened },
    })
  else await say(app, target, text)
  return 0
}

/** With `--out -` standard output carries the backup. */
const say = async (app: App, { sink }: Target, text: string): Promise<void> =>
  await (sink.shown === '' ? app.out.note(text) : app.out.result(text))

async function tell(app: App, session: Session, target: Target, report: BackupReport, tookMs: number): Promise<void> {
  if (app.isJson) return await app.out.json(jsonOf(app, session, target, report))
  const file = fileIn(target.sink, report.name)
  const lines: StepLine[] = [
    {
      sign: '✔',
      what: written(report),
      why: 'read back, decrypted and compared with what the provider holds',
      took: tookMs,
    },
    ...(report.again.length === 0
      ? []
      : [
          {
            sign: '!' as const,
            what: `${report.again.length} read again`,
            why: `changed meanwhile: ${list(report.again, 5)}`,
          },
        ]),
    ...(report.deleted.length === 0
      ? []
      : [
          {
            sign: '-' as const,
            what: `${report.deleted.length} deleted`,
            why: `no value to save: ${list(report.deleted, 5)}`,
          },
        ]),
    ...(report.lacksVersions
      ? [{ sign: '-' as const, what: 'no versions', why: 'the provider keeps none: the current values only' }]
      : []),
  ]
  const { counter, id } = report.header
  const next =
    target.sink.shown === '' ? '' : ` · try it: vibesecrets restore ${shellWord(file)} --drill --identity <file>`
  await say(
    app,
    target,
    `${session.context.identity} → ${file}\n\n${renderSteps(lines, app.out.width)}\n\nbackup ${counter} · ${id.slice(0, 8)}${next}`,
  )
}

const written = ({ secrets, versions }: BackupReport): string =>
  versions === secrets
    ? `${count(secrets, 'secret')} written`
    : `${count(secrets, 'secret')}, ${count(versions, 'version')} written`

function jsonOf(
  app: App,
  { context }: Session,
  { sink }: Target,
  { header, name, secrets, versions, again, deleted }: BackupReport,
): object {
  return {
    schema: 'vibesecrets/backup@1',
    target: { provider: app.config.provider, identity: context.identity },
    state: 'done',
    place: sink.shown,
    file: name,
    id: header.id,
    counter: header.counter,
    time: header.time,
    items: [
      ...again.map((each) => ({ name: each, action: 'read-again' })),
      ...deleted.map((each) => ({ name: each, action: 'deleted' })),
    ],
    summary: { secrets, versions },
  }
}
