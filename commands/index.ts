import type { CommandName } from '../src/config/commands.js'
import type { CommandModule } from './shared.js'

/** Each command loads when it is used: start-up pays for one. */
export const commands: { readonly [name in CommandName]: () => Promise<CommandModule> } = {
  migrate: () => import('./migrate.js'),
  validate: () => import('./validate.js'),
  rollback: () => import('./rollback.js'),
  rotate: () => import('./rotate.js'),
  list: () => import('./list.js'),
  get: () => import('./get.js'),
  set: () => import('./set.js'),
  delete: () => import('./delete.js'),
  copy: () => import('./copy.js'),
  diff: () => import('./diff.js'),
  status: () => import('./status.js'),
  backup: () => import('./backup.js'),
  'backup verify': () => import('./backup-verify.js'),
  'backup list': () => import('./backup-list.js'),
  'backup prune': () => import('./backup-prune.js'),
  'backup decrypt': () => import('./backup-decrypt.js'),
  'backup keygen': () => import('./backup-keygen.js'),
  restore: () => import('./restore.js'),
  recover: () => import('./recover.js'),
  explain: () => import('./explain.js'),
  doctor: () => import('./doctor.js'),
  config: () => import('./config.js'),
}
