import type { App } from '../src/app.js'
import { renderConfig } from '../src/ui/reports/config.js'
import { takeArgs } from './shared.js'

/** What is in force, and where each value comes from. Credentials are never among them. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'config')
  const { origins, options, provider, prefix, environment, file } = app.config
  const values: Record<string, unknown> = { ...options, provider, prefix, environment, config: file }
  const rows = [...origins].flatMap(([name, origin]) => {
    const value = values[camel(name)]
    if (value === undefined) return []
    return [
      {
        name,
        value: Array.isArray(value) ? value.join(', ') : String(value),
        from: origin.detail === undefined ? origin.from : `${origin.from} (${origin.detail})`,
      },
    ]
  })
  if (app.isJson)
    await app.out.json({ schema: 'vibesecrets/config@1', items: rows, summary: { settings: rows.length } })
  else await app.out.result(renderConfig(rows, app.out.width))
  return 0
}

const camel = (name: string): string => name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
