import { Refusal } from './errors.js'

/** Some files grow without bound when their variables are put in (A=xx, B=$A$A, C=$B$B, …). */
export interface Budget {
  /** Counts what expansion has written; refuses the file when it is far more than the file itself. */
  spend(units: number, at: number): void
}

const LEAST = 1 << 20

export function expansionBudget(text: string): Budget {
  let left = Math.max(LEAST, text.length * 8)
  return {
    spend(units, at) {
      left -= units
      if (left < 0) throw new Refusal(at, 'its variables expand to far more than the file itself')
    },
  }
}
