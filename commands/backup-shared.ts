import type { App } from '../src/app.js'
import type { BackupHost } from '../src/backup/host.js'
import { type AgeKeys, keysFrom } from '../src/flows/backup-keys.js'

/** The keys of `--identity` and, where a file wants one, the passphrase. */
export async function keysOf(app: App, host: BackupHost): Promise<AgeKeys> {
  const { options } = app.config
  return await keysFrom(
    options.identity ?? [],
    {
      ...(app.prompt.isPossible ? { ask: async () => await app.prompt.askHidden('passphrase of the backup') } : {}),
      ...(options.passphrase === true && !app.prompt.isPossible ? { stdin: app.readStdin } : {}),
    },
    host,
  )
}

/** The place that a command is about: what was typed, or where backups go by the config. */
export const placeOf = (app: App, typed: string | undefined): string => typed ?? app.config.backup.to ?? '.'

/** `--identity key.txt` again, for hints. */
export const identityWords = (app: App): string =>
  (app.config.options.identity ?? []).map((file) => ` --identity ${file}`).join('')
