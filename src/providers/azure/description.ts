import type { Description } from '../description.js'

const action = (name: string): string => `Microsoft.KeyVault/vaults/secrets/${name}`

export const description: Description = {
  id: 'azure',
  title: 'Azure Key Vault',
  defaultPrefix: 'vibebox-',
  prefixVariable: 'AZURE_SECRET_PREFIX',
  separator: '-',
  variables: [
    { name: 'AZURE_KEYVAULT_URL', meaning: 'URL of the key vault' },
    { name: 'AZURE_KEY_VAULT_NAME', meaning: 'name of the key vault' },
    { name: 'AZURE_SECRET_PREFIX', meaning: 'put before every name', default: 'vibebox-' },
    { name: 'AZURE_TENANT_ID', meaning: 'tenant of a service principal' },
    { name: 'AZURE_CLIENT_ID', meaning: 'id of a service principal, a workload or a managed identity' },
    { name: 'AZURE_CLIENT_SECRET', meaning: 'secret of a service principal', secret: true },
    { name: 'AZURE_AUTHORITY_HOST', meaning: 'address of Microsoft Entra, for clouds of their own' },
  ],
  options: [
    { key: 'url', type: 'string', meaning: 'URL of the key vault', variable: 'AZURE_KEYVAULT_URL' },
    { key: 'vault-name', type: 'string', meaning: 'name of the key vault', variable: 'AZURE_KEY_VAULT_NAME' },
    { key: 'tags', type: 'map', meaning: 'tags of secrets that are created' },
    { key: 'ca-cert', type: 'string', meaning: 'PEM file of a further certificate authority' },
    {
      key: 'verify-host',
      type: 'boolean',
      meaning: 'false: give the token also to a host that is no vault of Azure, behind a gateway for example',
    },
  ],
  permissions: {
    read: [action('getSecret/action'), action('readMetadata/action')],
    list: [action('readMetadata/action')],
    write: [action('getSecret/action'), action('setSecret/action'), action('recover/action')],
    remove: [action('getSecret/action'), action('delete'), action('readMetadata/action')],
    undelete: [action('getSecret/action'), action('recover/action')],
    label: [action('getSecret/action'), action('update/action')],
  },
  keeps: { versions: 'all', deleted: "as long as the vault's soft delete says (7 to 90 days)", thousandReads: '1,000' },
  remarks: [
    'the service has no compare-and-set: a version that somebody else writes between look and write is overwritten, and stays in the history',
    'names know no upper and lower case; characters other than letters, digits and dashes are kept escaped, as `--x5f-` for `_`',
    'a value that is no text is kept in base64 with the content type application/octet-stream;base64, and may have 19,200 bytes',
    'a deleted secret keeps its name until the vault ends it; it is never purged',
    'labels and the description are tags of each version, 15 in all, with values of at most 256 characters',
    'a listing tells no versions',
  ],
}
