import type { NativeRotation } from '../../core/ports.js'
import type { Session } from './session.js'

/** Rotation by a Lambda function. The service would rotate at once when a schedule is set: here only on demand. */
export function rotation(session: Session): NativeRotation {
  return {
    enable: async (name, { by, everyDays, now = false }) => {
      // One token for all tries of this call, so that a lost reply does not rotate twice.
      const ClientRequestToken = uuid(session.random(16))
      await session.ask('RotateSecret', name, (aws) =>
        aws.rotateSecret({
          SecretId: name,
          ClientRequestToken,
          RotationLambdaARN: by,
          RotationRules: { AutomaticallyAfterDays: everyDays },
          RotateImmediately: now,
        }),
      )
    },
    cancel: async (name) => {
      await session.ask('CancelRotateSecret', name, (aws) => aws.cancelRotateSecret({ SecretId: name }))
    },
  }
}

/** Not a token of ours: the version that comes of it is the Lambda function's. */
function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
