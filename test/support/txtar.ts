import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { runScript } from './script/run.js'
import type { ScriptOptions } from './script/session.js'

export { runScript } from './script/run.js'
export { throughTheProgram } from './script/services.js'
export type { ScriptOptions, Service, Session, Variant } from './script/session.js'

const AT_ONCE = 2
const PATIENCE_MS = 600_000

/** One test for each .txtar file of a folder (and each variant). How a script is written stands in test/README.md. */
export function runScripts(folder: string, options: ScriptOptions = {}): void {
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.txtar'))
    .sort()
    .map((name) => join(folder, name))
  if (paths.length === 0) throw new Error(`no .txtar file in ${folder}`)
  const variants = options.variants === undefined ? [undefined] : Object.keys(options.variants)
  const limited = atMost(AT_ONCE)
  for (const path of paths)
    for (const variant of variants)
      test.concurrent(titleOf(path, variant), () => limited(() => runScript(path, options, variant)), PATIENCE_MS)
}

/** The first comment of a script is the rule that it shows. */
function titleOf(path: string, variant: string | undefined): string {
  const rule = /^#\s*(.*?)(?:\s{3,}.*)?$/m.exec(readFileSync(path, 'utf8').split('\n')[0] ?? '')?.[1]
  const name = path
    .split('/')
    .at(-1)
    ?.replace(/\.txtar$/, '')
  return [name, ...(rule === undefined ? [] : [`: ${rule}`]), ...(variant === undefined ? [] : [` (${variant})`])].join(
    '',
  )
}

/** Runs so many at once and keeps the others waiting. */
function atMost(limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job) => {
    if (running >= limit) await new Promise<void>((go) => waiting.push(go))
    else running += 1
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
