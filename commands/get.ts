import type { App, Session } from '../src/app.js'
import { isFailure } from '../src/core/failure.js'
import { type SecretName, secretName } from '../src/core/names.js'
import type { Present } from '../src/core/ports.js'
import { get } from '../src/flows/get.js'
import { takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [word] = takeArgs(args, ['the name of a secret'], 1, 'get')
  const name = secretName(word ?? '')
  const { secretVersion, key, output } = app.config.options
  const session = await app.open({ readOnly: true })
  const wish = { ...(secretVersion && { version: secretVersion }), ...(key && { key }) }
  const found = await get({ name, ...wish }, session.context.provider).catch(at(session))
  if (output !== undefined) await writeOut(app, output, found)
  if (app.isJson) await app.out.json(jsonOf(name, found, session))
  else if (output === undefined) await app.out.raw(found.value.revealBytes())
  return 0
}

/** A failure says where it looked. */
const at =
  ({ context }: Session) =>
  (error: unknown): never => {
    throw isFailure(error) ? error.with({ target: context.identity }) : error
  }

async function writeOut(app: App, path: string, { value }: Present): Promise<void> {
  if (app.config.options.dryRun === true) await app.out.note(`dry run: ${path} was not written`)
  else await app.writeValue(path, value)
}

/** What is known of it; the value itself comes as bytes only, never inside JSON. */
function jsonOf(name: SecretName, found: Present, { context }: Session): object {
  const { value, version, createdAt, description, labels } = found
  return {
    schema: 'vibesecrets/get@1',
    target: { provider: context.provider.traits.id, identity: context.identity },
    items: [
      {
        name,
        version,
        state: 'present',
        bytes: value.byteLength,
        text: value.isText,
        ...(createdAt === undefined ? {} : { updatedAt: createdAt.toISOString() }),
        ...(description === undefined ? {} : { description }),
        labels,
      },
    ],
    summary: { present: 1 },
  }
}
