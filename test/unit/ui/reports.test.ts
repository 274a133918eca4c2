import { describe, expect, test } from '@jest/globals'
import type { Place } from '../../../src/core/failure.js'
import { width } from '../../../src/ui/layout.js'
import { type CheckView, renderCheck } from '../../../src/ui/reports/check.js'
import { renderConfig } from '../../../src/ui/reports/config.js'
import { renderGithub } from '../../../src/ui/reports/github.js'
import { renderJunit } from '../../../src/ui/reports/junit.js'
import { type ListRow, renderCsv, renderList, renderMarkdown, renderPrometheus } from '../../../src/ui/reports/list.js'
import { type PlanView, renderPlan, renderSteps } from '../../../src/ui/reports/plan.js'
import { renderSarif } from '../../../src/ui/reports/sarif.js'
import { renderStatus } from '../../../src/ui/reports/status.js'
import { paint, unstyled } from '../../../src/ui/style.js'

const lines = (text: string): string[] => unstyled(text).split('\n')

describe('plan', () => {
  const view: PlanView = {
    from: '.env',
    to: 'aws 123456789012 eu-central-1 vibebox/production/',
    readAs: 'dotenv (all dialects agree)',
    rows: [
      { sign: '+', left: 'DATABASE_URL', right: 'database-url', what: 'add', why: '' },
      { sign: '+', left: 'TLS_KEY', right: 'tls-key', what: 'add', why: '28 lines' },
      { sign: '=', left: 'JWT_SECRET', right: 'jwt-secret', what: 'same', why: 'version 3, 12 days old' },
      {
        sign: '!',
        left: 'STRIPE_KEY',
        right: 'stripe-key',
        what: 'conflict',
        why: 'there …a91c, here …07de, changed 2 days ago',
      },
      {
        sign: '~',
        left: 'SMTP_PASSWORD',
        right: 'smtp-password',
        what: 'undelete',
        why: 'scheduled for deletion on 2 Dec',
      },
      { sign: ' ', left: 'PORT', right: '', what: 'leave', why: 'plain config: a number' },
    ],
    summary: ['2 to add, 1 to undelete, 1 same, 1 conflict; 1 key stays in .env'],
    last: 'dry run: nothing was written',
    hints: [
      { what: 'keep theirs', command: 'vibesecrets migrate aws --on-conflict=skip' },
      { what: 'replace theirs', command: 'vibesecrets migrate aws --on-conflict=overwrite' },
    ],
  }

  test('reads as the operator’s page says', () => {
    expect(lines(renderPlan(view))).toEqual([
      '.env → aws 123456789012 eu-central-1 vibebox/production/        read as: dotenv (all dialects agree)',
      '',
      '  + DATABASE_URL     database-url     add',
      '  + TLS_KEY          tls-key          add         28 lines',
      '  = JWT_SECRET       jwt-secret       same        version 3, 12 days old',
      '  ! STRIPE_KEY       stripe-key       conflict    there …a91c, here …07de, changed 2 days ago',
      '  ~ SMTP_PASSWORD    smtp-password    undelete    scheduled for deletion on 2 Dec',
      '    PORT                              leave       plain config: a number',
      '',
      '2 to add, 1 to undelete, 1 same, 1 conflict; 1 key stays in .env',
      'dry run: nothing was written',
      '  keep theirs:     vibesecrets migrate aws --on-conflict=skip',
      '  replace theirs:  vibesecrets migrate aws --on-conflict=overwrite',
    ])
  })

  test('fits 80 and 60 columns, and says the same in symbols and words without colour', () => {
    const rows = (columns: number): string[] => lines(renderPlan(view, columns)).slice(0, -2)
    for (const line of rows(80)) expect(width(line)).toBeLessThanOrEqual(80)
    expect(rows(80).find((line) => line.includes('STRIPE'))).toBe(
      '  ! STRIPE_KEY       stripe-key       conflict    there …a91c, here …07de, chan…',
    )
    expect(rows(60).find((line) => line.includes('STRIPE'))).toBe('  ! STRIPE_KEY       stripe-key       conflict')
  })

  test('colour repeats what the text says', () => {
    const colored = paint(renderPlan(view), true)
    expect(colored).toContain('\u001b[32m+\u001b[39m DATABASE_URL')
    // biome-ignore lint/complexity/useRegexLiterals: the escape is easier to read in a string
    expect(colored.replaceAll(new RegExp('\u001b\\[\\d+m', 'g'), '')).toBe(unstyled(renderPlan(view)))
  })

  test('steps that were done', () => {
    const text = renderSteps([
      { sign: '✔', what: '3 of 3 written', why: 'read back and compared', took: 1234 },
      { sign: '✔', what: '.env rewritten', why: '4 lines now hold references' },
      { sign: '-', what: 'STRIPE_KEY', why: 'skipped' },
    ])
    expect(lines(text)).toEqual([
      '  ✔ 3 of 3 written    read back and compared         1.2 s',
      '  ✔ .env rewritten    4 lines now hold references',
      '  - STRIPE_KEY        skipped',
    ])
  })
})

const place: Place = { file: 'back end/.env', line: 3, column: 5 }
const view: CheckView = {
  equal: 41,
  rows: [
    { state: 'differs', name: 'stripe-key', why: '.env …07de, aws …a91c (version 5)', place },
    { state: 'missing', name: 'smtp-password', why: 'in aws (deleted 3 days ago)' },
    { state: 'unchecked', name: 'tls-key', why: 'no permission for secretsmanager:GetSecretValue' },
    { state: 'extra', name: 'old"key<', why: '' },
    { state: 'warning', name: 'A,B:c', why: '100% odd' },
  ],
  summary: '1 differs, 1 missing, 1 not checked',
}

describe('check', () => {
  test('text', () => {
    expect(lines(renderCheck(view))).toEqual([
      '  ✔ 41 equal',
      '  ✘ stripe-key         differs: .env …07de, aws …a91c (version 5)',
      '  ✘ smtp-password      missing in aws (deleted 3 days ago)',
      '  ? tls-key            could not check: no permission for secretsmanager:GetSecretValue',
      '  ! old"key<           extra',
      '  ! A,B:c              warning: 100% odd',
      '1 differs, 1 missing, 1 not checked',
    ])
    expect(lines(renderCheck({ equal: 0, rows: [], summary: 'nothing to check' }))).toEqual([
      '  ✔ 0 equal',
      'nothing to check',
    ])
  })

  test('JUnit counts failures and doubts apart, and escapes', () => {
    const xml = renderJunit({ ...view, equal: 2 }, { suite: 'vibesecrets validate aws' })
    expect(xml).toContain('<testsuite name="vibesecrets validate aws" tests="7" failures="3" errors="1">')
    expect(xml).toContain(
      '<testcase classname="vibesecrets validate aws" name="stripe-key" file="back end/.env" line="3"><failure type="differs"',
    )
    expect(xml).toContain('name="tls-key"><error type="unchecked"')
    expect(xml).toContain('name="old&quot;key&lt;"><failure type="extra" message="extra">extra</failure>')
  })

  test('SARIF has a rule for each result and a place where one is known', () => {
    const sarif = renderSarif(view, { version: '1.2.3' }) as {
      runs: {
        tool: { driver: { rules: { id: string }[] } }
        results: { ruleId: string; ruleIndex: number; level: string; locations: unknown[] }[]
      }[]
    }
    const { tool, results } = sarif.runs[0]!
    expect(results.map(({ ruleId, level }) => `${ruleId} ${level}`)).toEqual([
      'differs error',
      'missing error',
      'unchecked warning',
      'extra note',
      'warning warning',
    ])
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
    expect(results[0]?.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'back%20end/.env' }, region: { startLine: 3, startColumn: 5 } } },
    ])
  })

  test('annotations of GitHub cannot be forged by a name', () => {
    expect(renderGithub(view).split('\n')).toEqual([
      '::error file=back end/.env,line=3,col=5,title=vibesecrets%3A stripe-key::stripe-key differs: .env …07de, aws …a91c (version 5)',
      '::error title=vibesecrets%3A smtp-password::smtp-password missing in aws (deleted 3 days ago)',
      '::warning title=vibesecrets%3A tls-key::tls-key could not check: no permission for secretsmanager:GetSecretValue',
      '::notice title=vibesecrets%3A old"key<::old"key< extra',
      '::warning title=vibesecrets%3A A%2CB%3Ac::A,B:c warning: 100%25 odd',
      '1 differs, 1 missing, 1 not checked',
    ])
    const forged = renderGithub({
      equal: 0,
      rows: [{ state: 'extra', name: 'a\n::error::b', why: '\r\n::set-output::' }],
      summary: 's',
    })
    expect(forged.split('\n')).toHaveLength(2)
  })
})

const now = new Date('2026-11-24T12:00:00Z')
const DAY = 86_400_000
const days = (n: number): Date => new Date(now.getTime() + n * DAY)
const rows: ListRow[] = [
  {
    name: 'database-password',
    version: '8',
    state: 'present',
    updatedAt: days(-2),
    everyMs: 30 * DAY,
    dueAt: days(28),
    owner: 'Platform',
    purpose: 'PostgreSQL auth',
    strategy: 'database',
    known: true,
  },
  {
    name: 'jwt-secret',
    version: '14',
    state: 'present',
    updatedAt: days(-91),
    everyMs: 90 * DAY,
    dueAt: days(-1),
    owner: 'Security',
    known: true,
  },
  {
    name: 'jwt-secret-old',
    version: '1',
    state: 'present',
    updatedAt: days(-0.1),
    owner: 'Security',
    graceUntil: days(0.1),
    known: true,
  },
  { name: 'stripe-key', version: '5', state: 'present', updatedAt: days(-2), known: false },
  { name: 'gone', state: 'deleted', known: false },
]

describe('list', () => {
  test('long', () => {
    expect(lines(renderList(rows, { long: true, now }))).toEqual([
      'NAME               VERSION  AGE   ROTATE     DUE        OWNER     STATE',
      'database-password  8        2 d   every 30d  in 28 d    Platform',
      'jwt-secret         14       91 d  every 90d  1 day ago  Security  overdue',
      'jwt-secret-old     1        2 h                         Security  grace until 2026-11-24T14:24Z',
      'stripe-key         5        2 d   -          -          -         not in the inventory',
      'gone                              -          -          -         deleted, not in the inventory',
    ])
  })

  test('short is names, one a line, so that scripts can read it', () => {
    expect(lines(renderList(rows.slice(0, 2), { long: false, now }))).toEqual(['database-password', 'jwt-secret'])
  })

  test('CSV quotes, and makes no formula', () => {
    const text = renderCsv([
      { name: '=cmd|a', state: 'present', purpose: 'a "b", c', owner: '@x', note: '-1', known: false },
    ])
    expect(text.split('\n')[1]).toBe(`'=cmd|a,,present,,"a ""b"", c",'@x,,,,,no,'-1`)
    expect(renderCsv(rows).split('\n')).toHaveLength(rows.length + 1)
  })

  test('Markdown is the guide’s table', () => {
    expect(renderMarkdown([{ ...rows[0]!, purpose: 'a|b\n<c>' }]).split('\n')).toEqual([
      '| Secret | Purpose | Rotation | Owner | Last change |',
      '| --- | --- | --- | --- | --- |',
      '| `database-password` | a\\|b &lt;c> | database, every 30d | Platform | 2026-11-22 |',
    ])
  })

  test('Prometheus has help, type and escaped labels', () => {
    const text = renderPrometheus([...rows, { name: 'a"b\\c\nd', state: 'present', known: false }], {
      provider: 'aws',
      environment: 'production',
      now,
    })
    expect(text).toContain('vibesecrets_secrets{state="present",provider="aws",environment="production"} 5\n')
    expect(text).toContain('# TYPE vibesecrets_secret_age_seconds gauge\n')
    expect(text).toContain(
      'vibesecrets_secret_age_seconds{secret="database-password",provider="aws",environment="production"} 172800\n',
    )
    expect(text).toContain(
      'vibesecrets_secret_overdue{secret="jwt-secret",provider="aws",environment="production"} 1\n',
    )
    expect(text).toContain('{secret="a\\"b\\\\c\\\\x0ad",provider="aws",environment="production"} 0\n')
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) vibesecrets_\w+ .+|vibesecrets_\w+\{.+\} \d+)$/)
  })
})

test('status says who, when, how far, what holds and what to type', () => {
  const text = renderStatus([
    {
      id: '91bc',
      command: 'rotate',
      what: 'database-password',
      startedAt: new Date('2026-11-24T10:02:11Z'),
      by: 'cron@web-1',
      stoppedAt: new Date('2026-11-24T10:02:13Z'),
      steps: [
        { sign: '✔', what: 'role changed' },
        { sign: '?', what: 'promote', why: 'begun, outcome unknown' },
        { sign: '·', what: 'restart' },
      ],
      verdict: 'both are kept; nothing is lost',
      hints: [{ what: 'finish it', command: 'vibesecrets recover 91bc' }],
    },
  ])
  expect(lines(text)).toEqual([
    'rotate database-password · run 91bc · started 2026-11-24 10:02:11 by cron@web-1 · stopped at 10:02:13',
    '',
    '  ✔ role changed',
    '  ? promote         begun, outcome unknown',
    '  · restart',
    '',
    'both are kept; nothing is lost',
    '  finish it:  vibesecrets recover 91bc',
  ])
})

test('config says what is in force and from where', () => {
  expect(
    lines(
      renderConfig([
        { name: 'timeout', value: '30s', from: 'default' },
        { name: 'provider', value: 'aws', from: 'SECRET_PROVIDER' },
      ]),
    ),
  ).toEqual(['NAME      VALUE  FROM', 'timeout   30s    default', 'provider  aws    SECRET_PROVIDER'])
})
