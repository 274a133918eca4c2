import type { BackupHost } from '../backup/host.js'
import { Failure } from '../core/failure.js'
import { collisions, keyOfName, type SecretName } from '../core/names.js'
import { SecretValue } from '../core/secret.js'
import { formatEnv } from '../dotenv/index.js'
import { readingOf } from './backup-read.js'
import type { Context } from './context.js'

/** The text of a .env with every current value in clear, for the fallback; all of them, or a Failure naming the rest. */
export async function envText(
  wants: (name: SecretName) => boolean,
  { provider, concurrency, sink, identity }: Context,
): Promise<{ readonly text: SecretValue; readonly keys: number }> {
  const values = new Map<SecretName, { key: string; value: SecretValue }>()
  const progress = (done: number, total: number) => sink.emit({ type: 'progress', what: 'read', done, total })
  const reading = await readingOf({ provider, wants, allVersions: false, concurrency, progress })
  for await (const { name, labels, value } of reading.entries())
    values.set(name, { key: labels['key'] ?? keyOfName(name), value })
  for (const [name, entries] of await reading.changes()) {
    values.delete(name)
    for (const { labels, value } of entries) values.set(name, { key: labels['key'] ?? keyOfName(name), value })
  }
  const [group] = collisions(
    [...values].map(([name, { key }]) => [name, key]),
    { caseSensitive: true },
  )
  if (group !== undefined)
    throw new Failure('NAME_INVALID', {
      doing: 'writing a .env',
      target: identity,
      names: group,
      why: `${group.join(' and ')} have one key`,
    })
  const entries = [...values.values()]
    .filter(({ value }) => value.isText)
    .map(({ key, value }) => ({ key, value: value.reveal() }))
  const { text, unwritable } = formatEnv(entries)
  const binary = [...values.values()].filter(({ value }) => !value.isText).map(({ key }) => key)
  if (unwritable.length + binary.length > 0) throw unfit([...unwritable, ...binary], identity)
  return { text: SecretValue.fromText(text), keys: entries.length }
}

const unfit = (keys: readonly string[], target: string): Failure =>
  new Failure('VALUE_UNFIT', {
    doing: 'writing a .env',
    target,
    names: keys,
    why: `no .env line gives these back exactly in dotenv, node, python and compose: ${keys.join(', ')}`,
    hints: [{ what: 'leave them out', command: 'vibesecrets backup --format env --exclude <name>' }],
  })

/** For the owner only, and never over a file that is there. */
export async function writeEnvFile(path: string, shown: string, text: SecretValue, host: BackupHost): Promise<void> {
  if (await host.files.create(path, text.revealBytes())) return
  throw new Failure('CONFLICT', {
    doing: 'writing a .env',
    target: shown,
    why: 'there is a file of that name already, and it was left as it is',
    hints: [{ what: 'name another file', command: 'vibesecrets backup --format env --out <file>' }],
  })
}
