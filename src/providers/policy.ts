import type { Description, Permissions } from './description.js'

/** What a command does to secrets, in the words of `Permissions`. */
export type Ability = keyof Permissions

/** Where the policy shall hold. */
export interface PolicyScope {
  readonly prefix: string
  readonly mount: string
  readonly secretName: string
  readonly namespace: string
}

/** The least that these abilities need, as the service's own tools take it. */
export function policyOf(description: Description, abilities: readonly Ability[], scope: PolicyScope): string {
  const wanted = [...new Set(abilities.flatMap((ability) => description.permissions[ability] ?? []))]
  return writers[description.id]?.(wanted, scope) ?? wanted.join('\n')
}

type Writer = (permissions: readonly string[], scope: PolicyScope) => string

const writers: Readonly<Record<string, Writer>> = {
  aws: iamPolicy,
  gcp: customRole,
  azure: roleDefinition,
  vault: vaultPolicy,
  k8s: kubernetesRole,
}

/** Actions that have no single secret as their resource. docs.aws.amazon.com/service-authorization: Secrets Manager. */
const WITHOUT_RESOURCE = /:(?:ListSecrets|BatchGetSecretValue)$/

function iamPolicy(actions: readonly string[], { prefix }: PolicyScope): string {
  const statement = (some: readonly string[], resource: string) =>
    some.length === 0 ? [] : [{ Effect: 'Allow', Action: some, Resource: resource }]
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: [
        ...statement(
          actions.filter((action) => !WITHOUT_RESOURCE.test(action)),
          `arn:aws:secretsmanager:*:*:secret:${prefix}*`,
        ),
        ...statement(
          actions.filter((action) => WITHOUT_RESOURCE.test(action)),
          '*',
        ),
      ],
    },
    null,
    2,
  )
}

function customRole(permissions: readonly string[]): string {
  return ['title: vibesecrets', 'stage: GA', 'includedPermissions:', ...permissions.map((one) => `- ${one}`)].join('\n')
}

function roleDefinition(actions: readonly string[]): string {
  return JSON.stringify(
    {
      Name: 'vibesecrets',
      IsCustom: true,
      Description: 'what vibesecrets needs',
      Actions: [],
      DataActions: actions,
      AssignableScopes: ['/subscriptions/<subscription>'],
    },
    null,
    2,
  )
}

const PATH_RULE = /^path "([^"]*)" \{ capabilities = \[([^\]]*)\] \}$/

/** One block a path, its capabilities together. */
function vaultPolicy(rules: readonly string[], { prefix, mount }: PolicyScope): string {
  const paths = new Map<string, Set<string>>()
  for (const rule of rules) {
    const [, path = '', capabilities = ''] = PATH_RULE.exec(rule) ?? []
    const here = path.replace(/^secret\//, `${mount}/`).replace('vibebox/', prefix)
    const known = paths.get(here) ?? new Set()
    for (const capability of capabilities.split(', ')) known.add(capability)
    paths.set(here, known)
  }
  return [...paths]
    .map(([path, capabilities]) => `path "${path}" {\n  capabilities = [${[...capabilities].join(', ')}]\n}`)
    .join('\n\n')
}

const VERB = /verbs: \["(\w+)"\]/

/** `create` cannot be bound to a name: authorization does not see the name of what is not there yet. */
function kubernetesRole(rules: readonly string[], { secretName, namespace }: PolicyScope): string {
  const verbs = rules.flatMap((rule) => VERB.exec(rule)?.[1] ?? [])
  const named = verbs.filter((verb) => verb !== 'create')
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    `metadata: { name: vibesecrets, namespace: ${namespace} }`,
    'rules:',
    `- { apiGroups: [""], resources: ["secrets"], resourceNames: ["${secretName}"], verbs: ${JSON.stringify([...new Set(named)])} }`,
    ...(verbs.includes('create') ? ['- { apiGroups: [""], resources: ["secrets"], verbs: ["create"] }'] : []),
  ].join('\n')
}
