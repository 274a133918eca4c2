/** An environment variable that the program reads, beside `VIBESECRETS_<OPTION>` and what each SDK reads by itself. */
export interface KnownVariable {
  readonly meaning: string
  readonly default?: string
  /** Holds a credential: never shown. */
  readonly secret?: true
}

/** Every variable of the guide, named once. */
export const VARIABLES = {
  SECRET_PROVIDER: { meaning: 'the provider' },
  ENABLE_SECRET_MANAGER: {
    meaning: 'false: the process environment and the .env file only (emergency fallback)',
    default: 'true',
  },
  AWS_SECRET_MANAGER_REGION: { meaning: 'region of AWS Secrets Manager; wins over AWS_REGION' },
  AWS_SECRET_PREFIX: { meaning: 'put before every name', default: 'vibebox/' },
  AWS_REGION: { meaning: 'region, as every AWS tool reads it' },
  AWS_DEFAULT_REGION: { meaning: 'region, as the AWS CLI reads it' },
  AWS_PROFILE: { meaning: 'profile of the AWS config files' },
  AWS_ACCESS_KEY_ID: { meaning: 'AWS credentials', secret: true },
  AWS_WEB_IDENTITY_TOKEN_FILE: { meaning: 'AWS credentials by web identity' },
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: { meaning: 'AWS credentials of an ECS task' },
  AWS_CONTAINER_CREDENTIALS_FULL_URI: { meaning: 'AWS credentials of an EKS pod' },
  GCP_PROJECT_ID: { meaning: 'project of Google Secret Manager' },
  GOOGLE_CLOUD_PROJECT: { meaning: 'project, as every Google tool reads it' },
  GCP_SECRET_PREFIX: { meaning: 'put before every name', default: 'vibebox-' },
  AZURE_KEYVAULT_URL: { meaning: 'URL of the key vault' },
  AZURE_KEY_VAULT_NAME: { meaning: 'name of the key vault' },
  AZURE_SECRET_PREFIX: { meaning: 'put before every name', default: 'vibebox-' },
  VAULT_ADDR: { meaning: 'URL of Vault' },
  VAULT_TOKEN: { meaning: 'Vault token', secret: true },
  VAULT_ROLE_ID: { meaning: 'AppRole role id', secret: true },
  VAULT_SECRET_ID: { meaning: 'AppRole secret id', secret: true },
  VAULT_NAMESPACE: { meaning: 'Vault namespace (enterprise)' },
  VAULT_PATH: { meaning: 'mount of the KV engine', default: 'secret' },
  VAULT_KV_VERSION: { meaning: '1 or 2; asked of Vault when unset' },
  VAULT_PREFIX: { meaning: 'put before every name', default: 'vibebox/' },
  K8S_SECRET_NAMESPACE: { meaning: 'namespace of the Secret', default: 'default' },
  K8S_SECRET_NAME: { meaning: 'name of the Secret', default: 'vibebox-secrets' },
  KUBERNETES_SERVICE_HOST: { meaning: 'set inside a cluster' },
  VIBESECRETS_PASSPHRASE_FILE: { meaning: 'file that holds the passphrase' },
  VIBESECRETS_PASSPHRASE: { meaning: 'the passphrase', secret: true },
} as const satisfies Record<string, KnownVariable>

export type VariableName = keyof typeof VARIABLES
export type Environment = Readonly<Record<string, string | undefined>>

/** What a variable says; an empty one says nothing. */
export function said(env: Environment, name: VariableName): string | undefined {
  const value = env[name]
  return value === undefined || value === '' ? undefined : value
}

/** What a variable says, or its default. */
export function saidOr<Name extends VariableName>(env: Environment, name: Name): string {
  const known: KnownVariable = VARIABLES[name]
  return said(env, name) ?? known.default ?? ''
}
