import type { Plan } from '../../../src/core/plan.js'
import { version } from '../../../src/core/secret.js'
import type { Bundle } from '../../../src/engine/bundle.js'
import { bundleOf, N, ref } from '../../support/world.js'

/** What the golden files of format 1 hold: every kind of step, and values of every kind. */
export const goldenPlan: Plan = {
  format: 1,
  id: '3fa2',
  command: 'migrate',
  target: 'local:/home/app/.local/state/vibesecrets/store',
  provider: 'local',
  prefix: 'vibebox/',
  environment: 'production',
  createdAt: '2026-01-02T03:04:05.678Z',
  stages: [
    [
      {
        op: 'put',
        name: N('database-url'),
        value: ref('new', 'database-url', 'postgres://app:s3cret@db/app'),
        before: version('v1'),
        saved: ref('old', 'database-url', ''),
        savedLabels: { key: 'DATABASE_URL' },
        savedDescription: 'before',
        labels: { key: 'DATABASE_URL', by: 'migrate' },
        description: 'where the data is',
        expiresAfterMs: 86_400_000,
      },
      {
        op: 'put',
        name: N('tls-key'),
        value: ref('new', 'tls-key', 'line 1\nline 2\n'),
        before: 'deleted',
        deletedVersion: version('v0'),
      },
      { op: 'remove', name: N('left-over'), before: version('v7'), saved: ref('old', 'left-over', 'ünïcödé') },
      { op: 'undelete', name: N('again'), value: ref('old', 'again', 'x'), version: version('v9') },
      {
        op: 'history',
        name: N('jwt-secret'),
        values: [ref('new', 'jwt-secret@0', 'one'), ref('new', 'jwt-secret@1', 'two')],
        before: 'absent',
      },
    ],
    [
      {
        op: 'rewrite-env',
        path: '/home/app/.env',
        before: ref('old', '/home/app/.env', 'A=1\n').fingerprint,
        after: ref('new', '/home/app/.env', "A='${secret:a}'\n").fingerprint,
        saved: ref('old', '/home/app/.env', 'A=1\n'),
        content: ref('new', '/home/app/.env', "A='${secret:a}'\n"),
        changedLines: 1,
      },
    ],
  ],
  file: '/home/app/.env',
  undoes: '00aa',
}

export const goldenBundle: Bundle = bundleOf({
  new: {
    'database-url': 'postgres://app:s3cret@db/app',
    'tls-key': 'line 1\nline 2\n',
    'jwt-secret@0': 'one',
    'jwt-secret@1': 'two',
    '/home/app/.env': "A='${secret:a}'\n",
  },
  old: { 'database-url': '', 'left-over': 'ünïcödé', again: 'x', '/home/app/.env': 'A=1\n' },
})
