import type { Description } from '../description.js'

export const description: Description = {
  id: 'local',
  title: 'embedded encrypted store',
  defaultPrefix: '',
  separator: '/',
  variables: [
    { name: 'VIBESECRETS_KEY_FILE', meaning: 'file that holds the key', default: '$XDG_CONFIG_HOME/vibesecrets/key' },
    { name: 'VIBESECRETS_PASSPHRASE_FILE', meaning: 'file whose first line is the passphrase, in place of a key file' },
    { name: 'VIBESECRETS_PASSPHRASE', meaning: 'the passphrase itself', secret: true },
  ],
  options: [{ key: 'keep-versions', type: 'integer', meaning: 'versions to keep of each secret (10)' }],
  permissions: {
    read: ['read the state folder and the key file'],
    list: ['read the state folder and the key file'],
    write: ['write to the state folder'],
    remove: ['write to the state folder'],
    undelete: ['write to the state folder'],
    label: ['write to the state folder'],
  },
  keeps: { versions: '10, `keep-versions` says otherwise', deleted: '30 days', thousandReads: '0' },
  remarks: [
    'values are encrypted; names, labels, times and sizes stand in clear in the file',
    'without its key the store cannot be read: keep a backup of the key apart from it',
    'a deleted secret comes back within 30 days',
  ],
}
