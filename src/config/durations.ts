const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
type Unit = keyof typeof units

export const DURATION_PATTERN = '^(?:\\d{1,9}(?:ms|s|m|h|d))+$'
const WHOLE = new RegExp(DURATION_PATTERN)

/** `90s`, `15m`, `2h`, `7d`, `1h30m` in milliseconds; `undefined` when it is none: a bare number has no unit. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)]
  const total = parts.reduce((sum, [, n, unit]) => sum + Number(n) * units[unit as Unit], 0)
  return Number.isSafeInteger(total) ? total : undefined
}

/** The shortest exact form: `90s` → `1m30s`. */
export function formatDuration(ms: number): string {
  const order: readonly Unit[] = ['d', 'h', 'm', 's', 'ms']
  let rest = ms
  const parts = order.map((unit) => {
    const n = Math.floor(rest / units[unit])
    rest -= n * units[unit]
    return n === 0 ? '' : `${n}${unit}`
  })
  return parts.join('') || '0s'
}
