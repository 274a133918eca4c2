import { randomBytes } from 'node:crypto'
import type { Random } from '../core/ports.js'

/** The operating system's generator. */
export const systemRandom: Random = (count) => new Uint8Array(randomBytes(count))
