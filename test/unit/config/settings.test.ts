import { describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { type AnyCommand, commandNamed, commands, factsOf, laterCommands } from '../../../src/config/commands.js'
import { optionsFor, readFlags } from '../../../src/config/flags.js'
import { allSettings, flagsOf, longName, settingsOf, variableOf } from '../../../src/config/settings.js'
import { readValue } from '../../../src/config/values.js'

const every: readonly AnyCommand[] = [...commands, ...laterCommands].map(({ name }) => name)
const namesOf = (command: AnyCommand): string[] => settingsOf(command).map(longName)

describe('the table of settings', () => {
  test('names a variable and a flag once', () => {
    const variables = allSettings().flatMap((one) => [variableOf(one) ?? [], one.variables ?? []].flat())
    expect(new Set(variables).size).toBe(variables.length)
    expect(variables.every((name) => /^[A-Z][A-Z0-9_]+$/.test(name))).toBe(true)
  })

  test('has a default that its own type takes', () => {
    for (const setting of allSettings()) {
      if (setting.default !== undefined) expect(() => readValue(setting, setting.default, '--x')).not.toThrow()
      if (setting.type === 'choice') expect(setting.choices?.length).toBeGreaterThan(1)
    }
  })

  test.each(every)('%s has no two options of one letter, and none twice', (command) => {
    const shorts = settingsOf(command).flatMap(({ short }) => short ?? [])
    expect(new Set(shorts).size).toBe(shorts.length)
    expect(new Set(namesOf(command)).size).toBe(namesOf(command).length)
    expect(shorts).not.toContain('h')
    expect(shorts).not.toContain('V')
  })

  test('a value that is a credential has no option', () => {
    for (const { name, type } of allSettings()) {
      if (/pass|token|secret$/.test(name) && name !== 'secret') expect(type).toBe('boolean')
    }
  })

  test('VIBESECRETS_PASSPHRASE is the passphrase and not the option', () => {
    expect(allSettings().map(variableOf)).not.toContain('VIBESECRETS_PASSPHRASE')
  })
})

/** The contract of the command line: what each command takes beside the common options. */
const contract: Partial<Record<AnyCommand, string>> = {
  migrate:
    'env-file dialect include exclude all on-conflict no-rewrite reference-style plain-backup out plan validate rollback name',
  validate: 'env-file offline required',
  rollback: 'run list keep-secrets',
  rotate: 'grace-period strategy length charset due force finalize phase restart no-restart reencrypt',
  backup: 'out recipient passphrase gpg-recipient all-versions include exclude',
  'backup decrypt': 'identity passphrase output',
  'backup prune': 'keep-last keep-daily keep-weekly keep-monthly',
  restore: 'identity on-conflict include exclude drill all-versions',
  list: 'long due fail',
  get: 'secret-version key output',
  set: 'description',
  delete: 'recover',
  copy: 'include exclude on-conflict',
  diff: 'include exclude',
  run: 'env-file pristine redact if-missing stale-max',
  'audit show': 'since secret',
  explain: 'env-file',
}
const common =
  'provider environment prefix config format json dry-run interactive yes concurrency timeout retries state-dir reason quiet verbose no-color no-progress insecure-http'

describe('the command line’s contract', () => {
  test.each(Object.entries(contract))('%s takes its own options', (command, own) => {
    expect(namesOf(command as AnyCommand)).toEqual(expect.arrayContaining(own.split(' ')))
  })

  test.each(every)('%s takes the common options', (command) => {
    expect(namesOf(command)).toEqual(expect.arrayContaining(common.split(' ')))
  })

  test.each([
    ['provider', '-p, --provider <id>'],
    ['environment', '-e, --environment <name>'],
    ['dry-run', '-n, --dry-run'],
    ['interactive', '-i, --interactive'],
    ['yes', '-y, --yes'],
    ['quiet', '-q, --quiet'],
    ['verbose', '-v, --verbose'],
    ['rewrite', '--no-rewrite'],
    ['recipient', '-r, --recipient <age1…>'],
  ])('%s is written %s', (name, flags) => {
    expect(flagsOf(allSettings().find((one) => one.name === name)!)).toBe(flags)
  })

  test('a format is offered where a command can write it', () => {
    const formats = (command: AnyCommand) => settingsOf(command).find(({ name }) => name === 'format')?.choices
    expect(formats('validate')).toEqual(['text', 'json', 'junit', 'sarif', 'github'])
    expect(formats('list')).toEqual(['text', 'json', 'csv', 'markdown', 'prometheus', 'html'])
    expect(formats('status')).toEqual(['text', 'json'])
  })

  test.each([
    ['import', 'migrate'],
    ['check', 'validate'],
    ['ls', 'list'],
  ])('%s is %s', (alias, name) => expect(commandNamed(alias)?.name).toBe(name))

  test('every command has two or three examples or one, which start with its own name', () => {
    for (const command of every) {
      const { examples, summary } = factsOf(command)
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(example.startsWith(command)).toBe(true)
      expect(summary).toMatch(/^[^A-Z].*[^.]$/)
    }
  })
})

function parsed(command: AnyCommand, argv: string[]) {
  const program = new Command().exitOverride()
  for (const { flags, meaning, repeatable } of optionsFor(command)) {
    if (repeatable) program.option(flags, meaning, (value: string, all: string[] = []) => [...all, value])
    else program.option(flags, meaning)
  }
  program.parse(argv, { from: 'user' })
  return readFlags(command, program.opts())
}

describe('flags', () => {
  test('are only what was given', () => expect(parsed('migrate', [])).toEqual({}))

  test('have our names, lists are lists, negations are false', () => {
    const argv = ['-n', '-e', 'production', '--env-file', 'a', '--env-file', 'b,c', '--no-rewrite', '--no-color']
    expect(parsed('migrate', argv)).toEqual({
      'dry-run': true,
      environment: 'production',
      'env-file': ['a', 'b,c'],
      rewrite: false,
      color: false,
    })
  })

  test('--restart and --no-restart are two options', () => {
    expect(parsed('rotate', ['--restart', 'deployment/a'])).toEqual({ restart: ['deployment/a'] })
    expect(parsed('rotate', ['--no-restart'])).toEqual({ 'no-restart': true })
  })
})
