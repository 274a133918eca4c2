/** A method of the service, with the permission that it needs and the role that brings it. */
export type Method = keyof typeof methods

const ACCESSOR = 'roles/secretmanager.secretAccessor'
const VIEWER = 'roles/secretmanager.viewer'
const MANAGER = 'roles/secretmanager.secretVersionManager'
const ADMIN = 'roles/secretmanager.admin'

/** docs.cloud.google.com/secret-manager/docs/access-control */
export const methods = {
  AccessSecretVersion: { permission: 'secretmanager.versions.access', role: ACCESSOR, doing: 'reading' },
  GetSecret: { permission: 'secretmanager.secrets.get', role: VIEWER, doing: 'reading' },
  GetSecretVersion: { permission: 'secretmanager.versions.get', role: VIEWER, doing: 'reading' },
  ListSecrets: { permission: 'secretmanager.secrets.list', role: VIEWER, doing: 'listing' },
  ListSecretVersions: { permission: 'secretmanager.versions.list', role: VIEWER, doing: 'reading' },
  CreateSecret: { permission: 'secretmanager.secrets.create', role: ADMIN, doing: 'writing' },
  UpdateSecret: { permission: 'secretmanager.secrets.update', role: ADMIN, doing: 'writing' },
  AddSecretVersion: { permission: 'secretmanager.versions.add', role: MANAGER, doing: 'writing' },
  DisableSecretVersion: { permission: 'secretmanager.versions.disable', role: MANAGER, doing: 'removing' },
  EnableSecretVersion: { permission: 'secretmanager.versions.enable', role: MANAGER, doing: 'bringing back' },
  DestroySecretVersion: { permission: 'secretmanager.versions.destroy', role: MANAGER, doing: 'ending old versions' },
} as const

const READS: ReadonlySet<Method> = new Set<Method>([
  'AccessSecretVersion',
  'GetSecret',
  'GetSecretVersion',
  'ListSecrets',
  'ListSecretVersions',
])
export const isRead = (method: Method): boolean => READS.has(method)
