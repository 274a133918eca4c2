import { readFileSync, writeFileSync } from 'node:fs'
import { withoutEscapes } from '../screen.js'
import { withFile } from './archive.js'
import type { Session } from './session.js'

/** What differs from run to run, and the word that stands for it. The spaces after it go, since they align columns. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d\b/g, '<date>'],
  [/…[0-9a-f]{4,}/g, '…<print>'],
  [/\b(run|rollback|recover)( |=)(?:[0-9a-f]{4,}|(?=[a-z]*\d)[0-9a-z]{4,})(?![-\w])/g, '$1$2<run>'],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|min|h|d|seconds?|minutes?|hours?|days?|weeks?|months?|years?) (old|ago)\b/g, '<age> $1'],
  [/\b(?:just now|today|yesterday)\b/g, '<age>'],
  [/\b\d+(?:\.\d+)? (?:ms|s)\b/g, '<duration>'],
]

/** The text as it would look in any run, so that whole screens can be compared. */
export function normalised(text: string, session: Session): string {
  const folders: [string, string][] = [
    [session.cwd, '<folder>'],
    [session.home, '<home>'],
    [session.root, '<root>'],
  ]
  let out = withoutEscapes(text)
  for (const [folder, word] of folders) out = out.replaceAll(folder, word)
  for (const [pattern, word] of [...(session.options.normalise ?? []), ...VARYING])
    out = out.replaceAll(new RegExp(`(?:${pattern.source})(?<pad> {2,})?`, pattern.flags), (...found) => {
      const groups = found.at(-1) as { pad?: string }
      return (
        word.replaceAll(/\$(\d)/g, (_, n) => String(found[Number(n)] ?? '')) + (groups.pad === undefined ? '' : '  ')
      )
    })
  return out.replaceAll(/[ \t]+$/gm, '')
}

/** Compares with the file of that name in the script; `UPDATE_EXPECT=1` writes it instead. */
export function checkSnapshot(session: Session, name: string, text: string): void {
  const found = normalised(text, session)
  const now = found === '' || found.endsWith('\n') ? found : `${found}\n`
  if (process.env['UPDATE_EXPECT'] === '1') {
    writeFileSync(session.path, withFile(readFileSync(session.path, 'utf8'), name, now))
    return
  }
  const wanted = session.files.get(name)
  if (wanted === undefined) throw new Error(`no file ${name} in the script: UPDATE_EXPECT=1 writes it`)
  if (trimmed(wanted) !== trimmed(now)) throw new Error(`not as in ${name}:\n${difference(wanted, now)}`)
}

/** A blank line before the next file of a script is for the reader. */
function trimmed(text: string): string {
  return text.replace(/\n+$/, '\n')
}

function difference(wanted: string, now: string): string {
  const before = wanted.split('\n')
  const after = now.split('\n')
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [old, fresh] = [before[index], after[index]]
    if (old === fresh) return `  ${old}`
    return [...(old === undefined ? [] : [`- ${old}`]), ...(fresh === undefined ? [] : [`+ ${fresh}`])].join('\n')
  }).join('\n')
}
