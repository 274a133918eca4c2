import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './publish.mjs'

const RULE = '-'.repeat(78)

/** The licence of every package that the bundle holds a part of; packages with the same text stand together. */
export function thirdParty(metafile) {
  const folders = new Set(Object.keys(metafile.inputs).flatMap((path) => packageFolder(path) ?? []))
  const byText = grouped([...folders].sort())
  return [...byText].map(([text, users]) => `${RULE}\n${users.map(title).join('\n')}\n\n${text}\n`).join('\n')
}

function grouped(folders) {
  const groups = new Map()
  for (const folder of folders) groups.set(licence(folder), [...(groups.get(licence(folder)) ?? []), folder])
  return groups
}

function packageFolder(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

function title(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return `${name} ${version} (${license ?? 'see the text'})`
}

function licence(folder) {
  const file = readdirSync(join(root, folder)).find((each) => /^(licen[cs]e|copying)/i.test(each))
  return file === undefined ? '(the package holds no text)' : readFileSync(join(root, folder, file), 'utf8').trim()
}
