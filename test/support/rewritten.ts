import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './cli.js'
import { tempFolder } from './temp.js'

export interface RewrittenFile {
  readonly path: string
  readonly text: string
  /** What a reader has to find under each migrated key. */
  readonly references: readonly (readonly [key: string, reference: string])[]
}

/** The fixture's .env after the built program has migrated it. */
export async function rewrittenFixture(style: 'braces' | 'uri'): Promise<RewrittenFile> {
  const cwd = tempFolder('rewritten')
  const path = join(cwd, '.env')
  copyFileSync('fixtures/vibebox.env', path)
  const { code, stdout } = await run(['migrate', 'local', '--json', '--reference-style', style], { cwd })
  if (code !== 0) throw new Error(`migrate: exit ${code}`)
  const items: readonly { readonly key: string; readonly name?: string }[] = JSON.parse(stdout).items
  const references = items.flatMap(({ key, name }): [string, string][] =>
    name === undefined ? [] : [[key, style === 'uri' ? `secret://${name}` : `\${secret:${name}}`]],
  )
  return { path, text: readFileSync(path, 'utf8'), references }
}
