import { Failure } from '../../core/failure.js'
import { SecretValue } from '../../core/secret.js'
import type { Of, Operation, StepWorld, Verdict } from '../operation.js'
import { plannedValue } from './value.js'

type Rewrite = Of<'rewrite-env'>

export const rewriteEnv: Operation<Rewrite> = {
  subject: (step) => step.path,
  names: () => [],
  observe: async (step, world) => judge(await world.files.read(step.path), step, world),

  async act(step, world) {
    const content = await plannedValue(step.content, world)
    const now = await world.files.read(step.path)
    if (now === undefined || judge(now, step, world) !== 'todo') throw new Failure('CONFLICT', { target: step.path })
    await world.files.replace(step.path, content.revealBytes(), now)
  },
}

function judge(bytes: Uint8Array | undefined, step: Rewrite, { fingerprintKey }: StepWorld): Verdict {
  if (bytes === undefined) return 'foreign'
  const now = SecretValue.fromBytes(bytes).fingerprint(fingerprintKey)
  if (now === step.after) return 'done'
  return now === step.before ? 'todo' : 'foreign'
}
