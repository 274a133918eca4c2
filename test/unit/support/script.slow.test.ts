import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseArchive, withFile } from '../../support/script/archive.js'
import { secretValuesOf } from '../../support/script/env-file.js'
import { atPath, isSame } from '../../support/script/json-path.js'
import { words } from '../../support/script/words.js'
import { tempFolder } from '../../support/temp.js'
import { runScript, type ScriptOptions, type Service } from '../../support/txtar.js'

const folder = tempFolder('scripts')

/** Stands for the program: it prints what it is told, so that a script can show what the runner makes of it. */
const echo = join(folder, 'echo.cjs')
writeFileSync(
  echo,
  `const [, , how, ...words] = process.argv
if (how === 'out') process.stdout.write(words.join(' ') + '\\n')
if (how === 'err') process.stderr.write(words.join(' ') + '\\n')
if (how === 'fail') { process.stderr.write('refused\\n'); process.exitCode = Number(words[0]) }
if (how === 'input') process.stdin.pipe(process.stdout)
if (how === 'write') require('node:fs').writeFileSync(words[0], words[1])
if (how === 'spawn') require('node:child_process').spawnSync('true', words)
if (how === 'ask') { process.stdout.write('Name: '); process.stdin.once('data', (b) => { console.log('hello ' + String(b).trim()); process.exit(7) }) }
`,
)

let count = 0
async function script(text: string, options: ScriptOptions = {}, variant?: string): Promise<string> {
  const path = join(folder, `case-${++count}.txtar`)
  writeFileSync(path, text)
  await runScript(path, { program: [process.execPath, '--', echo], ...options }, variant)
  return readFileSync(path, 'utf8')
}

const passes = (text: string, options?: ScriptOptions, variant?: string) =>
  expect(script(text, options, variant)).resolves.toBeDefined()
const fails = (text: string, message: RegExp, options?: ScriptOptions) =>
  expect(script(text, options)).rejects.toThrow(message)

describe('a line is read as a shell reads it', () => {
  const check = (line: string, wanted: string[]) => expect(words(line, { A: 'x y', B: '' })).toEqual(wanted)
  test.each([
    ["a 'b c' d", ['a', 'b c', 'd']],
    ['a "b $A" $A', ['a', 'b x y', 'x y']],
    ["'$A' '${secret:a}' ${secret:a}", ['$A', '${secret:a}', '${secret:a}']],
    ["$'a\\n\\x41\\u00e9' b'c'd", ['a\nAé', 'bcd']],
    ['a\\ b "c\\"d" $ 5$', ['a b', 'c"d', '$', '5$']],
    ["'' a # comment", ['', 'a']],
    ['a=#b', ['a=#b']],
  ])('%s', check)
  test('an open quote and an unknown variable are errors', () => {
    expect(() => words("a 'b", {})).toThrow('quote')
    expect(() => words('$NONE', {})).toThrow('NONE')
  })
})

describe('an archive', () => {
  test('holds lines and files, and a file can be replaced or added', () => {
    const text = '# rule\na b\n-- .env --\nA=1\n-- sub/x --\n'
    expect([...parseArchive(text).files]).toEqual([
      ['.env', 'A=1\n'],
      ['sub/x', ''],
    ])
    expect(withFile(text, '.env', 'B=2')).toBe('# rule\na b\n-- .env --\nB=2\n-- sub/x --\n')
    expect(withFile(text, 'new', 'C\n')).toBe(`${text}-- new --\nC\n`)
    expect(() => parseArchive('-- a --\n-- a --\n')).toThrow('two files')
  })
})

describe('json paths', () => {
  const value = { items: [{ name: 'a', n: 1 }, { name: 'b' }], empty: null }
  test.each([
    ['items[0].n', '1'],
    ['items[name=b].name', 'b'],
    ['items.length', '2'],
    ['empty', 'null'],
    ['items[1]', '{ "name": "b" }'],
  ])('%s is %s', (path, word) => expect(isSame(atPath(value, path), word)).toBe(true))
  test('what is not there is undefined', () => expect(atPath(value, 'items[9].name.x')).toBeUndefined())
})

test('secret values of a .env file are known without a canary line', () => {
  const body =
    'PORT=3000\nDB_PASSWORD="hunter2-a"\nURL=pg://u:pass-word@h/d\nX=marked-one # canary\nPUBLIC_KEY=abc\nA_KEY=${B}\n'
  expect(secretValuesOf('.env', body)).toEqual(['hunter2-a', 'pass-word', 'marked-one'])
  expect(secretValuesOf('notes.txt', body)).toEqual([])
})

describe('programs', () => {
  test('output, streams and exit codes', () =>
    passes(`# rule
vibesecrets out hello world
stdout '^hello world$'
! stdout 'bye'
! stderr .
! vibesecrets fail 4
exit 4
stderr refused
? vibesecrets fail 3
exit 3
sh 'vibesecrets out "from sh" | tr a-z A-Z'
stdout 'FROM SH'
stdin 'some text'
vibesecrets input
stdout '^some text$'
stdin in.txt
vibesecrets input
cmp stdout in.txt
node -e 'console.log(JSON.stringify({items:[{name:"a",n:[1,2]}]}))'
stdout-json items[name=a].n '[1, 2]'
! stdout-json items[0].n '[1]'
! stdout-json nothing
stdout-json items[0].name ~ '^a$'
-- in.txt --
from a file
`))
  test('a program that should have failed, or should not have', async () => {
    await fails('! vibesecrets out x\n', /case-\d+\.txtar:1: ! vibesecrets out x\nit succeeded/)
    await fails('\nvibesecrets fail 9\n', /case-\d+\.txtar:2: .*\nexit 9[\s\S]*stderr:\nrefused/)
  })
  test('an expectation that does not hold names its line and shows the output', () =>
    fails("vibesecrets out a\nstdout 'b'\n", /:2: stdout 'b'\nstdout lacks \/b\/[\s\S]*stdout:\na\n/))
  test('an unknown command, and a command written wrong', async () => {
    await fails('vibesecret out\n', /no command is called vibesecret/)
    await fails('constructor\n', /no command is called constructor/)
    await fails('cp a\n', /written as: cp from to/)
  })
})

describe('files', () => {
  test('copies, modes, links and folders', () =>
    passes(`cp a.txt b.txt
cmp a.txt b.txt
chmod 0600 b.txt
mode b.txt 0600
mv b.txt sub/c.txt
! exists b.txt
exists sub/c.txt
cd sub
exists c.txt ../a.txt
rm c.txt
! exists c.txt
mkdir deep/er
write deep/er/x $'A=1\\r\\n'
grep 'A=1' deep/er/x
! cmp deep/er/x ../a.txt
env WHO=me
sh 'echo $WHO $HOME'
stdout '^me .*/home$'
unset WHO
sh 'echo "[$WHO]"'
stdout '^\\[\\]$'
-- a.txt --
text
-- sub/keep --
`))
  test('nothing outside the script’s folder can be named', () => fails('cp ../../x y\n', /lies outside/))
  test('a folder that was touched is told from one that was not', async () => {
    await passes('tree-hash A\nvibesecrets out x\nsame-tree A\n-- f --\n')
    await passes('tree-hash A\nvibesecrets write f other\n! same-tree A\n-- f --\n')
    await fails(
      'tree-hash A\nvibesecrets write g x\nchmod 0600 f\nsame-tree A\n-- f --\n',
      /changed work\/f\nadded work\/g/,
    )
  })
})

describe('a terminal', () => {
  test('prompts are answered and the exit code is seen', () =>
    passes(`size 60 10
tty vibesecrets ask
expect 'Name: '
send 'ada\\r'
expect 'hello (ada)'
exit 7
stdout hello
`))
  test('one that stays open fails the script', () => fails('tty vibesecrets ask\n', /a terminal is still open/))
  test('a program that ended is not waited for', () =>
    fails("tty vibesecrets out x\nexpect 'never'\n", /ended with 0, wanted \/never\//))
})

describe('snapshots', () => {
  const text = "vibesecrets out 'run 7f3a · 3 days ago   2 of 2 2026-11-24T10:00Z …a91c' $WORK\nsnapshot\n"
  const shown = 'run <run> · <age> ago  2 of 2 <time> …<print> <folder>\n'
  test('what varies is shown as a word', () => passes(`${text}-- stdout --\n${shown}`))
  test('a difference is shown by line', () => fails(`${text}-- stdout --\nother\n`, /- other\n\+ run <run>/))
  test('UPDATE_EXPECT=1 writes them', async () => {
    process.env['UPDATE_EXPECT'] = '1'
    try {
      expect(await script(text)).toBe(`${text}-- stdout --\n${shown}`)
    } finally {
      delete process.env['UPDATE_EXPECT']
    }
  })
})

describe('services and variants', () => {
  const memory = new Map<string, string>()
  const service: Service = {
    open: async () => ({ STORE_ADDR: 'here' }),
    seed: async (secrets) => {
      for (const [name, value] of secrets) memory.set(name, value)
    },
    read: async (name) => memory.get(name),
  }
  const options = { variants: { red: { services: { red: service } }, blue: { env: { HUE: '240' } } } }
  test('seed and holds go to the service', async () => {
    await passes(
      `seed $VARIANT a=old b=@f.txt
holds red a=old b=@f.txt a
! holds red a=new c
sh 'echo $STORE_ADDR'
stdout here
-- f.txt --
many
lines
`,
      options,
      'red',
    )
    await fails('holds red a=x\n', /a is "old"/, { services: { red: service } })
    await fails('seed green a=b\n', /no service is called green/)
  })
  test('a line can be meant for one variant', () =>
    passes(
      '[red] vibesecrets fail 1\n[!red] vibesecrets out $HUE\n[blue] stdout 240\nstop\nnonsense\n',
      options,
      'blue',
    ))
})

describe('values that come out fail every script', () => {
  const env = '\n-- .env --\nDB_PASSWORD=hunter2-hunter2\n'
  test.each([
    ['raw', 'vibesecrets out hunter2-hunter2', /stdout of case-\d+\.txtar:1 shows hunter2-hunter2 \(raw\)/],
    ['on stderr', 'vibesecrets err xhunter2-hunter2x', /stderr of/],
    ['in base64', "sh 'printf ahunter2-hunter2 | base64'", /\(base64\)/],
    ['in hex', 'sh \'printf hunter2-hunter2 | od -An -tx1 | tr -d " "\'', /\(hex\)/],
    ['in a file', 'vibesecrets write $HOME/log "x hunter2-hunter2"', /home\/log holds hunter2-hunter2/],
    ['in a command line', 'vibesecrets spawn hunter2-hunter2', /command line of a started program/],
    ['on a terminal', 'tty vibesecrets out hunter2-hunter2\nexit 0', /terminal of/],
    ['of a canary line', 'canary X=other-value\nvibesecrets out other-value', /shows other-value/],
  ])('%s', (_, line, message) => fails(line + env, message))
  test('but not where the script says that they belong', () =>
    passes(`reveals vibesecrets out hunter2-hunter2
cp .env .env.before
vibesecrets write $HOME/copy hunter2-hunter2
allows $HOME/copy
vibesecrets write .env clean
clean .env${env}`))
  test('a file that should be clean and is not', () => fails(`clean .env${env}`, /\.env holds hunter2-hunter2/))
  test('seeded values are canaries', () => {
    mkdirSync(join(folder, 'x'), { recursive: true })
    const sink: Service = { seed: async () => undefined, read: async () => undefined }
    return fails('seed s a=seeded-value\nvibesecrets out seeded-value\n', /shows seeded-value/, {
      services: { s: sink },
    })
  })
})
