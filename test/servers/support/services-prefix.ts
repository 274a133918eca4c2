import { randomBytes } from 'node:crypto'

/** Part of a name that no other test and no other run has. */
export const freshPrefix = (): string => `t${randomBytes(5).toString('hex')}`
