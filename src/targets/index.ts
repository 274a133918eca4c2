import { Failure } from '../core/failure.js'
import type { Target } from '../core/ports.js'
import { postgresTarget } from './postgres.js'
import type { TargetPorts, TargetSettings } from './settings.js'

export type { TargetPorts, TargetSettings } from './settings.js'

/** The database that an entry of `targets` describes. No connection is made before the first call. */
export function openTarget(settings: TargetSettings, ports: TargetPorts): Target {
  if (settings.type === 'postgres') return postgresTarget(settings, ports)
  throw new Failure('UNSUPPORTED', {
    doing: 'opening a target',
    why: `a target of type ${settings.type} cannot be changed; postgres can`,
  })
}
