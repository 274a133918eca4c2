import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import type { SecretName } from '../src/core/names.js'
import { secretName } from '../src/core/names.js'
import type { EnvKey } from '../src/flows/env-input.js'
import type { Choices } from '../src/flows/migrate.js'
import { nameFor } from '../src/flows/migrate-names.js'
import type { OnConflict, WantedRow } from '../src/flows/migrate-plan.js'

/** The interactive mode: which keys, under which names, and what to do about each conflict. */
export function chooser(app: App) {
  return async (
    keys: readonly EnvKey[],
    rowsFor: (keys: ReadonlySet<string>, names: Readonly<Record<string, string>>) => Promise<readonly WantedRow[]>,
  ): Promise<Choices> => {
    const chosen = await app.prompt.choose(
      'which keys move to the store?',
      keys
        .filter(({ kind }) => kind === 'secret' || kind === 'plain')
        .map(({ key, kind, reason }) => ({ value: key, label: key, note: reason, checked: kind === 'secret' })),
    )
    const names = await renamed(app, chosen)
    const rows = await rowsFor(new Set(chosen), names)
    return { keys: new Set(chosen), names, onConflict: await resolved(app, rows) }
  }
}

async function renamed(app: App, keys: readonly string[]): Promise<Record<string, string>> {
  const given = Object.fromEntries(app.config.names)
  const which = await app.prompt.choose(
    'rename any of them?',
    keys.map((key) => ({ value: key, label: key, note: nameFor(key, given) })),
  )
  const names = { ...given }
  for (const key of which)
    names[key] = await app.prompt.ask(`name for ${key}`, { default: nameFor(key, given), check: faultOfName })
  return names
}

function faultOfName(text: string): string | undefined {
  try {
    secretName(text)
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error.details.why ?? 'not a name'
    throw error
  }
}

async function resolved(app: App, rows: readonly WantedRow[]): Promise<Map<SecretName, OnConflict>> {
  const answers = new Map<SecretName, OnConflict>()
  for (const { wanted, action } of rows)
    if (action === 'conflict')
      answers.set(
        wanted.name,
        await app.prompt.pick<OnConflict>(`${wanted.name}: the store holds another value`, [
          { value: 'skip', label: 'keep theirs' },
          { value: 'overwrite', label: 'replace theirs' },
          { value: 'fail', label: 'stop here' },
        ]),
      )
  return answers
}
