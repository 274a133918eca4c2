import { Failure, isFailure } from '../../core/failure.js'
import type { SecretName } from '../../core/names.js'
import { fittingName } from './names.js'
import type { Operation } from './operations.js'
import { held } from './reads.js'
import type { Session } from './session.js'

/** Deleting and bringing back take the service some seconds, minutes at most. */
const PATIENCE_MS = 120_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/** What the SDK gives for something that goes on in the service. */
interface Poller {
  isDone(): boolean
  poll(): Promise<void>
}

export async function untilDone(
  session: Session,
  operation: Operation,
  name: SecretName,
  poller: Poller,
): Promise<void> {
  const deadline = session.clock.now().getTime() + PATIENCE_MS
  for (let pause = FIRST_PAUSE_MS; !poller.isDone(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if (session.clock.now().getTime() > deadline)
      throw new Failure('TIMEOUT', { secret: name, why: 'the vault has not finished yet', mayHaveHappened: true })
    await session.clock.sleep(pause)
    await session.ask(operation, name, () => poller.poll())
  }
}

/** Brings a deleted secret back; one that is there already is left as it is. */
export async function recover(session: Session, name: SecretName): Promise<void> {
  const stored = fittingName(name, 'bringing back')
  try {
    const poller = await session.ask('recover', name, (client) => client.beginRecoverDeletedSecret(stored))
    await untilDone(session, 'recover', name, poller)
  } catch (error) {
    if (!isFailure(error, 'SECRET_NOT_FOUND')) throw error
    // Our own request again, whose reply was lost, finds nothing deleted any more.
    if ((await held(session, name)) === undefined) throw error
  }
}
