import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { relative } from 'node:path'
import { CanaryScan } from '../canary.js'
import { type Command, check, pair, taking } from './command.js'
import { addCanary, allow, content, place, type Session } from './session.js'
import { treeChanges, treeOf } from './tree.js'

/** Files, folders and the environment. */
export const files: Readonly<Record<string, Command>> = {
  cp(session, args) {
    const [from = '', to = ''] = taking(args, 'cp from to', 2)
    if (from === 'stdout' || from === 'stderr') writeFileSync(place(session, to), content(session, from))
    else cpSync(place(session, from), place(session, to), { recursive: true, preserveTimestamps: true })
    allow(session, to)
  },
  mv(session, args) {
    const [from = '', to = ''] = taking(args, 'mv from to', 2)
    renameSync(place(session, from), place(session, to))
    allow(session, to)
  },
  rm: (session, args) => {
    for (const name of args) rmSync(place(session, name), { recursive: true, force: true })
  },
  mkdir: (session, args) => {
    for (const name of args) mkdirSync(place(session, name), { recursive: true })
  },
  link(session, args) {
    const [target = '', name = ''] = taking(args, 'link target name', 2)
    symlinkSync(target, place(session, name))
  },
  write(session, args) {
    const [name = '', text = ''] = taking(args, "write file $'text\\n'", 2)
    writeFileSync(place(session, name), text)
    allow(session, name)
  },
  chmod(session, args) {
    const [mode = '', name = ''] = taking(args, 'chmod 0600 file', 2)
    chmodSync(place(session, name), Number.parseInt(mode, 8))
  },
  mode(session, args) {
    const [name = '', wanted = ''] = taking(args, 'mode file 0600', 2)
    const found = lstatSync(place(session, name)).mode & 0o7777
    check(found === Number.parseInt(wanted, 8), `${name} has mode 0${found.toString(8)}, wanted ${wanted}`)
  },
  exists(session, args, { negated }) {
    for (const name of args)
      check(existsSync(place(session, name)) !== negated, `${name} ${negated ? 'is there' : 'is missing'}`)
  },
  cmp(session, args, { negated }) {
    const [left = '', right = ''] = taking(args, 'cmp a b', 2)
    const [a, b] = [content(session, left), content(session, right)]
    check(
      a.equals(b) !== negated,
      negated ? `${left} and ${right} are equal` : `${left} and ${right} differ:\n${a}--\n${b}`,
    )
  },
  grep(session, args, { negated }) {
    const [pattern = '', name = ''] = taking(args, "grep 'regex' file", 2)
    const text = content(session, name).toString()
    check(
      new RegExp(pattern, 'm').test(text) !== negated,
      `${name} ${negated ? 'holds' : 'lacks'} /${pattern}/:\n${text}`,
    )
  },
  clean(session, args) {
    const scan = new CanaryScan(session.canaries)
    for (const name of args)
      for (const leak of scan.in(content(session, name))) check(false, `${name} holds ${leak.canary} (${leak.form})`)
  },
  cd(session, args) {
    session.cwd = place(session, taking(args, 'cd folder', 1)[0] ?? '')
  },
  env(session, args) {
    for (const [name, value] of args.map(pair)) session.env[name] = value
  },
  unset(session, args) {
    for (const name of args) delete session.env[name]
  },
  stdin(session, args) {
    const word = taking(args, "stdin file, or stdin 'text'", 1)[0] ?? ''
    session.stdin = isInput(session, word) ? content(session, word) : Buffer.from(word)
  },
  canary(session, args) {
    for (const [, value] of args.map(pair)) addCanary(session, value)
  },
  harmless(session, args) {
    for (const value of args) session.canaries.delete(value)
  },
  allows(session, args) {
    for (const name of args) allow(session, name)
  },
  'tree-hash'(session, args) {
    session.trees.set(taking(args, 'tree-hash NAME', 1)[0] ?? '', treeOf(session.root))
  },
  'same-tree'(session, args, { negated }) {
    const name = taking(args, 'same-tree NAME', 1)[0] ?? ''
    const before = session.trees.get(name)
    if (before === undefined) throw new Error(`no tree-hash ${name} before`)
    const changes = treeChanges(before, treeOf(session.root))
    check((changes.length === 0) !== negated, changes.length === 0 ? 'nothing changed' : changes.join('\n'))
  },
}

function isInput(session: Session, word: string): boolean {
  if (word === 'stdout' || word === 'stderr') return true
  if (word === '' || word.includes('\0') || word.length > 255) return false
  const path = place(session, word.includes('\n') ? '.' : word)
  return relative(session.cwd, path) !== '' && existsSync(path) && lstatSync(path).isFile()
}
