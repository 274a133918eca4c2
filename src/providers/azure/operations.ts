const action = (name: string): string => `Microsoft.KeyVault/vaults/secrets/${name}`
const USER = 'Key Vault Secrets User'
const OFFICER = 'Key Vault Secrets Officer'

/** What is asked of the service: the data action of Azure RBAC, the role that brings it, and the access policy. */
export const operations = {
  get: { action: action('getSecret/action'), role: USER, policy: 'get', doing: 'reading' },
  getDeleted: { action: action('readMetadata/action'), role: USER, policy: 'get', doing: 'reading' },
  list: { action: action('readMetadata/action'), role: USER, policy: 'list', doing: 'listing' },
  set: { action: action('setSecret/action'), role: OFFICER, policy: 'set', doing: 'writing' },
  update: { action: action('update/action'), role: OFFICER, policy: 'set', doing: 'writing' },
  delete: { action: action('delete'), role: OFFICER, policy: 'delete', doing: 'removing' },
  recover: { action: action('recover/action'), role: OFFICER, policy: 'recover', doing: 'bringing back' },
} as const

export type Operation = keyof typeof operations

export const isRead = (operation: Operation): boolean =>
  operation === 'get' || operation === 'getDeleted' || operation === 'list'
