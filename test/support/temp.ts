import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'

const folders: string[] = []

/** A fresh, empty folder that is removed when the test file ends. `KEEP_TEMP=1` keeps it and names it on failure. */
export function tempFolder(label = 'vibesecrets'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${label}-`)))
  folders.push(folder)
  return folder
}

/** Removes one early, where many would pile up. */
export function removeTemp(folder: string): void {
  if (process.env['KEEP_TEMP'] !== '1') rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

afterAll(() => {
  for (const folder of folders.splice(0)) removeTemp(folder)
})
