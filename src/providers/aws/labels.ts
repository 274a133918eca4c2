import type { SecretName } from '../../core/names.js'
import type { Labels } from '../../core/ports.js'
import type { Facts } from './facts.js'
import type { Session } from './session.js'
import { OURS, retag } from './tags.js'

/** Only what differs is sent, and tags of others are not touched. */
export async function relabel(
  session: Session,
  name: SecretName,
  facts: Facts,
  labels: Labels,
  description: string | undefined,
): Promise<void> {
  await retagSecret(session, name, facts, labels, OURS)
  if (description !== undefined && description !== (facts.description ?? ''))
    await session.ask('UpdateSecret', name, (aws) => aws.updateSecret({ SecretId: name, Description: description }))
}

export async function retagSecret(
  session: Session,
  name: SecretName,
  facts: Facts,
  labels: Labels,
  prefix: string,
): Promise<void> {
  const { set, drop } = retag(facts.tags, labels, prefix)
  if (set.length > 0) await session.ask('TagResource', name, (aws) => aws.tagResource({ SecretId: name, Tags: set }))
  if (drop.length > 0)
    await session.ask('UntagResource', name, (aws) => aws.untagResource({ SecretId: name, TagKeys: drop }))
}
