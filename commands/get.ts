import type { App } from '../src/app.js'
import { Failure } from '../src/core/failure.js'
import { secretName } from '../src/core/names.js'
import { get } from '../src/flows/get.js'
import { takeArgs } from './shared.js'

export async function run(app: App, args: readonly string[]): Promise<number> {
  const [name] = takeArgs(args, ['the name of a secret'], 1, 'get')
  const { options } = app.config
  if (app.isJson) throw new Failure('USAGE', { doing: 'get', why: 'a value is printed as its bytes, not as JSON' })
  const session = await app.open({ readOnly: true })
  const value = await get(
    {
      name: secretName(name ?? ''),
      ...(options.secretVersion === undefined ? {} : { version: options.secretVersion }),
      ...(options.key === undefined ? {} : { key: options.key }),
    },
    session.context.provider,
  )
  if (options.output === undefined) await app.out.raw(value.revealBytes())
  else await app.writeValue(options.output, value)
  return 0
}
