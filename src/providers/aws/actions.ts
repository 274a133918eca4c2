/** The service's name of a request: the IAM action, too. */
export type Action =
  | 'BatchGetSecretValue'
  | 'CancelRotateSecret'
  | 'CreateSecret'
  | 'DeleteSecret'
  | 'DescribeSecret'
  | 'GetSecretValue'
  | 'ListSecretVersionIds'
  | 'ListSecrets'
  | 'PutSecretValue'
  | 'RemoveRegionsFromReplication'
  | 'ReplicateSecretToRegions'
  | 'RestoreSecret'
  | 'RotateSecret'
  | 'TagResource'
  | 'UntagResource'
  | 'UpdateSecret'
  | 'UpdateSecretVersionStage'

const READS: ReadonlySet<Action> = new Set<Action>([
  'BatchGetSecretValue',
  'DescribeSecret',
  'GetSecretValue',
  'ListSecretVersionIds',
  'ListSecrets',
])
export const isRead = (action: Action): boolean => READS.has(action)

export function doingOf(action: Action): string {
  if (action === 'ListSecrets') return 'listing'
  if (isRead(action)) return 'reading'
  if (action === 'DeleteSecret') return 'removing'
  if (action === 'RestoreSecret') return 'bringing back'
  return 'writing'
}
