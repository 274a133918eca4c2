import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { writeEnvFile } from '../src/flows/backup-env.js'
import { makeKeyPair } from '../src/flows/backup-keys.js'
import { hint, takeArgs } from './shared.js'

/** Makes a key pair: the secret half into a new file, the public half to stdout. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'backup keygen')
  const { output, dryRun } = app.config.options
  if (output === undefined)
    throw new Failure('USAGE', {
      doing: 'backup keygen',
      why: 'it needs a file for the secret half, which is never printed',
      hints: [hint('for example', 'backup keygen --output key.txt')],
    })
  if (dryRun === true) {
    await app.out.result(`a key pair would be made, its secret half in ${output}\ndry run: nothing was written`)
    return 0
  }
  const host = await app.backups()
  const { recipient, file } = await makeKeyPair(app.clock.now())
  await writeEnvFile(app.pathOf(output), output, file, host)
  if (app.isJson) await app.out.json({ schema: 'vibesecrets/backup-keygen@1', file: output, recipient })
  else await app.out.result(recipient)
  await app.out.note(
    `the secret half is in ${output} (0600): keep it apart from the backups, and a copy of it in another place\n  use it:  vibesecrets backup -r ${recipient}`,
  )
  return 0
}
