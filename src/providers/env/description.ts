import type { Description } from '../description.js'

export const description: Description = {
  id: 'env',
  title: 'process environment over a .env file',
  defaultPrefix: '',
  separator: '',
  variables: [
    { name: 'ENABLE_SECRET_MANAGER', meaning: 'false: use the environment, whatever else is set (emergency fallback)' },
  ],
  options: [{ key: 'file', type: 'string', meaning: '.env file under the process environment' }],
  permissions: {
    read: ['read the file'],
    list: ['read the file'],
    write: ['write to the file and its folder'],
    remove: ['write to the file and its folder'],
  },
  keeps: { versions: 'none', deleted: 'no', thousandReads: '0' },
  remarks: [
    'read-only without a file; what the process environment holds is never changed',
    'values stand in clear; there are no versions, labels or deleted secrets',
    'nothing but the file itself guards it against two writers at once',
  ],
}
