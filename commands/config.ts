import type { App } from '../src/app.js'
import type { Origin } from '../src/config/resolve.js'
import { camel, type NamedSetting, settingsOf } from '../src/config/settings.js'
import { type ConfigRow, renderConfig } from '../src/ui/reports/config.js'
import { formatRough } from '../src/ui/rough.js'
import { takeArgs } from './shared.js'

/** What is in force, and where each value comes from. Credentials are never among them. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'config')
  const rows = [...placeRows(app), ...optionRows(app)]
  for (const { text } of app.config.notices) await app.out.note(text)
  if (app.isJson)
    await app.out.json({ schema: 'vibesecrets/config@1', items: rows, summary: { settings: rows.length } })
  else await app.out.result(renderConfig(rows, app.out.width))
  return 0
}

const PLACES = ['provider', 'environment', 'prefix', 'config', 'state-dir', 'key-file']

/** Where secrets and our own files are, also where nobody said so. */
function placeRows({ config, machine }: App): ConfigRow[] {
  const { provider, environment, prefix, file, secretName } = config
  const values: Record<string, string | undefined> = {
    provider,
    environment,
    prefix,
    'secret-name': secretName,
    config: file,
    'state-dir': machine.stateDir,
    'key-file': machine.keyFile,
  }
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value, from: from(config.origins.get(name)) }],
  )
}

function optionRows({ config }: App): ConfigRow[] {
  const options: Readonly<Record<string, unknown>> = config.options
  return settingsOf('config')
    .filter(({ name }) => !PLACES.includes(name))
    .flatMap((setting) => {
      const value = options[camel(setting.name)]
      if (value === undefined) return []
      return [{ name: setting.name, value: shown(setting, value), from: from(config.origins.get(setting.name)) }]
    })
}

function shown({ type }: NamedSetting, value: unknown): string {
  if (type === 'duration') return formatRough(Number(value))
  return Array.isArray(value) ? value.join(', ') : String(value)
}

function from(origin: Origin | undefined): string {
  if (origin === undefined) return 'default'
  return origin.detail === undefined ? origin.from : `${origin.from} (${origin.detail})`
}
