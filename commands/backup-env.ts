import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { envText, writeEnvFile } from '../src/flows/backup-env.js'
import { count } from '../src/ui/text.js'
import { wantsOf } from './copy.js'
import { hint } from './shared.js'

const DEFAULT = '.env.fallback'
const WORD = 'plain'

/** A .env with the values in clear, for ENABLE_SECRET_MANAGER=false: only after a word was typed, or with `--yes`. */
export async function writeEnv(app: App): Promise<number> {
  const { options } = app.config
  const shown = options.out ?? DEFAULT
  if (shown === '-' || shown.startsWith('s3://'))
    throw new Failure('USAGE', {
      doing: 'backup',
      why: 'a .env with clear values goes to a file on this machine, and nowhere else',
    })
  const host = await app.backups()
  const { context } = await app.open({ readOnly: true })
  if (options.dryRun !== true) await agree(app, shown)
  const { text, keys } = await envText(wantsOf(app), context)
  if (options.dryRun !== true) await writeEnvFile(app.pathOf(shown), shown, text, host)
  const last =
    options.dryRun === true
      ? 'dry run: nothing was written'
      : `0600, values in clear: remove it when the provider is back\n  use it:  ENABLE_SECRET_MANAGER=false`
  await app.out.result(`${context.identity} → ${shown}\n\n${count(keys, 'key')} in clear text\n${last}`)
  return 0
}

async function agree(app: App, shown: string): Promise<void> {
  if (app.config.options.yes === true) return
  if (!app.prompt.isPossible)
    throw new Failure('NO_TERMINAL', {
      doing: 'writing every value in clear text',
      target: shown,
      why: 'somebody has to say that this is meant',
      hints: [hint('say so', `backup --format env --out ${shown} --yes`)],
    })
  const check = (answer: string): string | undefined =>
    answer.trim() === WORD ? undefined : `type ${WORD}, or end it with Ctrl-C`
  await app.prompt.ask(`every value will stand in ${shown} in clear text; type ${WORD} to do it`, { check })
}
