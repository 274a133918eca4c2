import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { execute } from '../../support/cli.js'
import { tempFolder } from '../../support/temp.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A small product of the same shape, built by the real scripts. */
const FILES: Readonly<Record<string, string>> = {
  'src/core.ts': `import { createHash } from 'node:crypto'
export class Failure extends Error {}
export const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)
`,
  'src/part.ts': `import { Failure, hash } from './core.js'
import { expand } from './shared.js'
export const fail = () => { throw new Failure(hash('a') + expand) }
`,
  'src/other.ts': `import { expand } from './shared.js'
export const other = expand
`,
  'src/shared.ts': 'export const expand = import.meta.url.startsWith("file:")\n',
  'src/main.ts': `import { Failure } from './core.js'
export async function main(io: { argv: string[]; stdout: NodeJS.WriteStream; stdin: NodeJS.ReadStream }): Promise<number> {
  const [how] = io.argv
  if (how === 'lazy') {
    const { fail } = await import('./part.js')
    try { fail() } catch (error) { io.stdout.write(String(error instanceof Failure) + ' ' + (error as Error).message) }
  }
  if (how === 'package') {
    const { parse } = await import('dotenv')
    const whole = (await import('picomatch')).default
    io.stdout.write(parse('A=1')['A'] + whole('a*')('ab'))
  }
  if (how === 'wait') {
    io.stdout.write('ready')
    await new Promise((done) => io.stdin.once('data', done))
    io.stdout.write(String((await import('./other.js')).other))
  }
  return 0
}
`,
  'src/index.ts': "export { Failure } from './core.js'\nexport const part = () => import('./part.js')\n",
  'src/dotenv/index.ts': "import { Failure } from '../core.js'\nexport const failure: Failure = new Failure('x')\n",
}

const folder = tempFolder('build')
const program = [process.execPath, '--', join(folder, 'dist/vibesecrets.cjs')]
const run = async (...args: string[]) => (await execute([...program, ...args], { cwd: folder })).stdout.toString()
const build = async () => (await execute([process.execPath, 'scripts/build.mjs'], { cwd: folder })).stdout.toString()
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

beforeAll(async () => {
  for (const name of ['scripts', 'bin', 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'src/dotenv'), { recursive: true })
  for (const [name, text] of Object.entries(FILES)) write(name, text)
  expect(await build()).toMatch(/^dist built in [\d.]+ s\n$/)
}, 120_000)

describe('the built program', () => {
  test('is one small file that can be executed, and its parts', () => {
    const entry = join(folder, 'dist/vibesecrets.cjs')
    expect(readFileSync(entry, 'utf8')).toMatch(/^#!\/usr\/bin\/env -S node --\n/)
    expect(statSync(entry).mode & 0o777).toBe(0o755)
    expect(readdirSync(join(folder, 'dist/chunks')).length).toBeGreaterThan(3)
  })
  test('shares its classes between parts, and loads modules of Node when they are used', async () =>
    expect(await run('lazy')).toBe('true ca978112true'))
  test('sees the members of CommonJS packages as Node shows them', async () =>
    expect(await run('package')).toBe('1true'))
  test('names the licences of what it holds', () =>
    expect(readFileSync(join(folder, 'dist/third-party.txt'), 'utf8')).toMatch(/^dotenv 18[\s\S]*Redistribution/m))
})

describe('the built library', () => {
  test('shares its classes between its two entries', async () => {
    const code = `import { Failure } from './dist/lib/index.js'
import { failure } from './dist/lib/dotenv.js'
console.log(failure instanceof Failure)`
    const { stdout } = await execute([process.execPath, '--input-type=module', '-e', code], { cwd: folder })
    expect(stdout.toString()).toBe('true\n')
  })
  test('has types', () =>
    expect(readFileSync(join(folder, 'dist/types/src/index.d.ts'), 'utf8')).toContain(
      "export { Failure } from './core.js'",
    ))
})

describe('a second build', () => {
  test('does nothing when nothing changed', async () => expect(await build()).toMatch(/^dist is up to date/))
  test('leaves a program that runs whole, and changes the next one', async () => {
    const child = spawn(program[0] ?? '', [...program.slice(1), 'wait'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let output = ''
    await new Promise<void>((ready) => {
      child.stdout.on('data', (bytes: Buffer) => {
        output += bytes
        ready()
      })
    })
    write('src/shared.ts', "export const expand = ' anew'\n")
    expect(await build()).toMatch(/^dist built/)
    child.stdin.end('go')
    await new Promise((done) => child.on('close', done))
    expect([output, await run('lazy')]).toEqual(['readytrue', 'true ca978112 anew'])
  }, 120_000)
  test('that fails leaves what is there', async () => {
    write('src/part.ts', 'export const =')
    const { code } = await execute([process.execPath, 'scripts/build.mjs'], { cwd: folder })
    expect([code, await run('lazy')]).toEqual([1, 'true ca978112 anew'])
    expect(readdirSync(join(folder, 'dist')).filter((name) => name.startsWith('.fresh'))).toEqual([])
  }, 120_000)
})
