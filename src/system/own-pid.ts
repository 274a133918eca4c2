import { pid } from 'node:process'

/** The number of this process, for a library that no bin/ tells it. */
export const ownPid = (): number => pid
