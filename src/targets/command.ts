import { Failure } from '../core/failure.js'
import type { Hook, HookAnswer, HookCall } from '../core/ports.js'
import { HIDDEN, SecretValue } from '../core/secret.js'
import type { TargetPorts } from './settings.js'

/** What is shown of a program's last words. */
const LONGEST_WORDS = 500

/**
 * A program of the user's, started without a shell. Its input has one JSON object a line: first the event with its
 * facts, then `{"name", "value"}` of each value (`base64` instead of `value` where it is binary).
 */
export function commandHook(
  command: readonly string[],
  ports: Pick<TargetPorts, 'run' | 'env' | 'timeoutMs'>,
  signal?: AbortSignal,
): Hook {
  const [program, ...args] = command
  if (program === undefined) throw new Failure('CONFIG_INVALID', { why: 'the hook names no program' })
  return {
    describe: () => `run ${program}`,
    async call(call) {
      const { env, timeoutMs } = ports
      const input = Buffer.from(linesOf(call), 'utf8')
      const ended = await ports.run([program, ...args], { env, input, timeoutMs, ...(signal && { signal }) })
      const said = wordsOf(ended.stderr, call)
      if (ended.code !== 0) throw new Failure('NOT_CONFIRMED', { target: program, why: whyOf(ended, said) })
      return { stdout: SecretValue.fromBytes(ended.stdout), said } satisfies HookAnswer
    },
  }
}

function linesOf({ event, facts, values = {} }: HookCall): string {
  const lines = Object.entries(values).map(([name, value]) =>
    value.isText
      ? { name, value: value.reveal() }
      : { name, base64: Buffer.from(value.revealBytes()).toString('base64') },
  )
  return [{ event, ...facts }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')
}

function whyOf({ code, signal }: { code: number | undefined; signal: string | undefined }, said: string): string {
  const how = code === undefined ? `${signal ?? 'a signal'} ended it` : `it ended with ${code}`
  return said === '' ? how : `${how}: ${said}`
}

/** The last line, without the values that the program was given. */
function wordsOf(stderr: Uint8Array, { values = {} }: HookCall): string {
  const hidden = Object.values(values).filter((value) => value.isText && value.byteLength > 0)
  const text = hidden.reduce(
    (rest, value) =>
      rest.replaceAll(value.reveal(), HIDDEN).replaceAll(JSON.stringify(value.reveal()).slice(1, -1), HIDDEN),
    Buffer.from(stderr).toString('utf8'),
  )
  return (text.trimEnd().split('\n').at(-1) ?? '').slice(0, LONGEST_WORDS)
}
