import { describe, expect, test } from '@jest/globals'
import { commandNamed } from '../../../src/config/commands.js'
import { exitOf, Failure, type FailureCode, failureCodes } from '../../../src/core/failure.js'
import { exitCodeOf, explain, failureJson, failureWhy, renderFailure } from '../../../src/ui/failures.js'
import { unstyled } from '../../../src/ui/style.js'

const facts = { doing: 'reading', secret: 'db-url', target: 'aws 123456789012', names: ['db-url', 'jwt-secret'] }
const shown = (error: unknown): string => unstyled(renderFailure(error))

/** The first line of every code, once with all facts and once with none. */
const at = 'reading db-url at aws 123456789012'
const expectedOf: Record<FailureCode, readonly [string, string]> = {
  INTERNAL: [`internal error while ${at}`, 'internal error'],
  USAGE: ['the command line is not understood', 'the command line is not understood'],
  CONFIG_INVALID: [`the configuration is not valid while ${at}`, 'the configuration is not valid'],
  NO_TERMINAL: [
    `an answer is needed, and there is no terminal to ask on while ${at}`,
    'an answer is needed, and there is no terminal to ask on',
  ],
  PROVIDER_AMBIGUOUS: [
    'more than one provider is configured: db-url and jwt-secret',
    'more than one provider is configured',
  ],
  UNSUPPORTED: [`not possible while ${at}`, 'not possible'],
  INSECURE: [`refused: it would not be safe while ${at}`, 'refused: it would not be safe'],
  DIFFERS: ['checked, and it differs', 'checked, and it differs'],
  CONFLICT: [`conflict ${at}: db-url and jwt-secret`, 'conflict'],
  FOREIGN_CHANGE: [`changed by someone else while ${at}: db-url and jwt-secret`, 'changed by someone else'],
  PLAN_STALE: [`the plan does not fit what is there now while ${at}`, 'the plan does not fit what is there now'],
  PLAN_USED: [`the plan was applied before while ${at}`, 'the plan was applied before'],
  UNKNOWN_STATE: [`state unknown while ${at}`, 'state unknown'],
  NOT_CONFIRMED: [`applied, but not confirmed while ${at}`, 'applied, but not confirmed'],
  AUDIT_UNAVAILABLE: [`the audit log cannot be written while ${at}`, 'the audit log cannot be written'],
  INPUT_INVALID: [`bad input while ${at}`, 'bad input'],
  INPUT_AMBIGUOUS: [
    'values mean different things to different programs',
    'values mean different things to different programs',
  ],
  NAME_INVALID: [`a name does not fit while ${at}`, 'a name does not fit'],
  VALUE_UNFIT: [`a value does not fit while ${at}`, 'a value does not fit'],
  DAMAGED: [`damaged data while ${at}`, 'damaged data'],
  FORMAT_NEWER: [`a newer format while ${at}`, 'a newer format'],
  INPUT_MISSING: [`input missing while ${at}`, 'input missing'],
  SECRET_NOT_FOUND: [`not found ${at}`, 'not found'],
  SECRET_DELETED: [`deleted ${at}`, 'deleted'],
  UNAVAILABLE: [`unavailable while ${at}`, 'unavailable'],
  TIMEOUT: [`no answer in time while ${at}`, 'no answer in time'],
  PROTOCOL: [`an answer that is not understood while ${at}`, 'an answer that is not understood'],
  NO_EFFECT: [`had no effect while ${at}`, 'had no effect'],
  IO: [`input or output failed while ${at}`, 'input or output failed'],
  DISK_FULL: [`disk full while ${at}`, 'disk full'],
  LOCKED: [`locked while ${at}`, 'locked'],
  THROTTLED: [`throttled while ${at}`, 'throttled'],
  PERMISSION_DENIED: [`permission denied ${at}`, 'permission denied'],
  UNAUTHENTICATED: [`not logged in while ${at}`, 'not logged in'],
  KEY_MISSING: [`the key is missing while ${at}`, 'the key is missing'],
  KEY_WRONG: [`wrong key while ${at}`, 'wrong key'],
  INTERRUPTED: [`stopped while ${at}`, 'stopped'],
  TERMINATED: [`stopped from outside while ${at}`, 'stopped from outside'],
}

describe.each(failureCodes)('%s', (code) => {
  const [full, bare] = expectedOf[code]

  test('says what happened', () => {
    expect(explain(new Failure(code, facts)).what).toBe(full)
    expect(explain(new Failure(code)).what).toBe(bare)
  })

  test('ends in a command to type, and exits as the table says', () => {
    for (const failure of [new Failure(code, facts), new Failure(code)]) {
      const { next, exit } = explain(failure)
      expect(exit).toBe(exitOf(code))
      if (code !== 'PROVIDER_AMBIGUOUS' || failure.details.names !== undefined) {
        expect(next.length).toBeGreaterThan(0)
        for (const { command } of next)
          expect(commandNamed(/vibesecrets (\S+)/.exec(command ?? '')?.[1] ?? '')?.name ?? command).toMatch(
            /^\w+$|--help|--version|…/,
          )
      }
    }
  })

  test('has the JSON form', () => {
    const { error } = failureJson(new Failure(code, facts))
    expect(error).toMatchObject({
      code,
      secret: 'db-url',
      target: 'aws 123456789012',
      retryable: new Failure(code).retryable,
    })
    expect(error.message.startsWith(full)).toBe(true)
    expect(typeof error.hint).toBe('string')
  })
})

test('the failure’s own reason and hints win over the usual ones', () => {
  const failure = new Failure('PERMISSION_DENIED', {
    doing: 'reading',
    secret: 'database-password',
    target: 'vault',
    why: 'the token has no "read" on secret/data/vibebox/*',
    hints: [{ what: 'allow it', command: 'vault policy write vibebox-app vibebox-policy.hcl' }],
  })
  expect(shown(failure)).toBe(
    [
      'error: permission denied reading database-password at vault',
      '  the token has no "read" on secret/data/vibebox/*',
      '  allow it:  vault policy write vibebox-app vibebox-policy.hcl',
    ].join('\n'),
  )
  expect(failureWhy(failure)).toBe('the token has no "read" on secret/data/vibebox/*')
})

test('all problems of an input are shown, each on its line, with the state of the world', () => {
  const failure = new Failure('INPUT_AMBIGUOUS', {
    why: '2 values mean different things to different programs',
    problems: ['.env:14  DB_PASSWORD   expanded by compose', '.env:22  SMTP_PASS     cut at # by dotenv'],
    names: ['DB_PASSWORD'],
  })
  expect(unstyled(renderFailure(failure, { last: 'nothing was written' }))).toBe(
    [
      'error: 2 values mean different things to different programs',
      '  .env:14  DB_PASSWORD   expanded by compose',
      '  .env:22  SMTP_PASS     cut at # by dotenv',
      'nothing was written',
      '  see each reading:  vibesecrets explain DB_PASSWORD',
    ].join('\n'),
  )
})

test('a place is file, line and column, or byte', () => {
  const placed = (place: object): string =>
    explain(new Failure('INPUT_INVALID', { place: { file: '.env', ...place } })).what
  expect(placed({ line: 3, column: 7 })).toBe('bad input: .env:3:7')
  expect(placed({ line: 3 })).toBe('bad input: .env:3')
  expect(placed({ offset: 12 })).toBe('bad input: .env at byte 12')
})

test('a doubt is said', () => {
  expect(shown(new Failure('TIMEOUT', { mayHaveHappened: true }))).toContain('it may have taken effect all the same')
})

test('a bug shows its class and places, never its message', () => {
  const error = new TypeError('cannot parse hunter2-hunter2\n    at hunter2-hunter2 is no frame')
  expect(exitCodeOf(error)).toBe(1)
  expect(shown(error)).toMatch(
    /^error: internal error\n {2}this is a bug in vibesecrets.*\n {2}TypeError\n {2}at .*failures\.test/,
  )
  expect(shown(error)).not.toContain('hunter2')
  expect(JSON.stringify(failureJson(error))).not.toContain('hunter2')
  expect(shown('hunter2-hunter2')).toContain('thrown: string')
  expect(shown('hunter2-hunter2')).not.toContain('hunter2')
})

test('names from outside cannot forge a line', () => {
  const text = shown(new Failure('IO', { doing: 'reading', target: 'a\nerror: forged\u001b[2J', why: 'b\nforged' }))
  expect(text.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1)
  expect(text).not.toContain('\u001b')
})
