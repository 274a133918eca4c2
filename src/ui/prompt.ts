import { Failure, isFailure } from '../core/failure.js'
import { SecretValue } from '../core/secret.js'
import { visible } from './escape.js'

/** What a prompt needs of stdin: a terminal that can be read key by key. */
export interface Keys extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
  setRawMode?(on: boolean): unknown
}

export interface PromptOptions {
  readonly stdin: Keys
  /** Prompts are drawn here: stdout carries the result only. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Aborted on SIGINT and SIGTERM: a prompt that is open ends with its reason. */
  readonly signal?: AbortSignal
  /** Redacts what is asked about. */
  readonly redact?: (text: string) => string
}

export interface Choice<T> {
  readonly value: T
  readonly label: string
  readonly checked?: boolean
  /** Shown while the choice is pointed at. */
  readonly note?: string
}

export interface AskOptions {
  readonly default?: string
  /** Why the answer will not do, in words. */
  readonly check?: (answer: string) => string | undefined
}

/**
 * Questions to a person. Without a terminal each of them throws NO_TERMINAL at once; Ctrl-C and Ctrl-D throw
 * INTERRUPTED. The terminal is as it was after every way out.
 */
export interface Prompt {
  readonly isPossible: boolean
  confirm(question: string, options?: { readonly default?: boolean }): Promise<boolean>
  /** Any number of them. */
  choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T[]>
  /** One of them. */
  pick<T>(question: string, choices: readonly Choice<T>[]): Promise<T>
  ask(question: string, options?: AskOptions): Promise<string>
  /** Not shown while typed; with `again` it is asked twice. */
  askHidden(question: string, options?: { readonly again?: boolean }): Promise<SecretValue>
}

const SHOW_CURSOR = '\u001b[?25h'
const PAGE = 15

/** The library loads with the first question. */
export function createPrompt(options: PromptOptions): Prompt {
  const { stdin, stderr, redact = (text) => text } = options
  const isPossible = stdin.isTTY === true && stderr.isTTY === true
  const clean = (text: string): string => visible(redact(text))
  const query = (question: string, rest: Question): Promise<unknown> => {
    if (!isPossible) throw new Failure('NO_TERMINAL', { doing: `asking: ${clean(question)}` })
    return askOn(options, { ...rest, message: clean(question) })
  }
  const shown = <T>(choices: readonly Choice<T>[]): object[] =>
    choices.map(({ value, label, checked = false, note }) => ({
      value,
      name: clean(label),
      short: clean(label),
      checked,
      ...(note === undefined ? {} : { description: clean(note) }),
    }))

  async function hidden(question: string): Promise<SecretValue> {
    const answer = await query(question, { type: 'password', toggleMask: false, validate: wellFormed })
    return SecretValue.fromText(String(answer))
  }

  return {
    isPossible,
    confirm: async (question, { default: usual = false } = {}) =>
      (await query(question, { type: 'confirm', default: usual })) === true,
    choose: async <T>(question: string, choices: readonly Choice<T>[]) =>
      (await query(question, { type: 'checkbox', choices: shown(choices), pageSize: PAGE, loop: false })) as T[],
    pick: async <T>(question: string, choices: readonly Choice<T>[]) =>
      (await query(question, { type: 'select', choices: shown(choices), pageSize: PAGE, loop: false })) as T,
    async ask(question, { default: usual, check } = {}) {
      const validate = (answer: string): true | string => check?.(answer) ?? true
      return String(
        await query(question, { type: 'input', validate, ...(usual === undefined ? {} : { default: usual }) }),
      )
    },
    async askHidden(question, { again = false } = {}) {
      const first = await hidden(question)
      if (again && !(await hidden(`${question} (again)`)).equals(first)) {
        throw new Failure('USAGE', { why: 'the two answers differ' })
      }
      return first
    },
  }
}

const wellFormed = (answer: string): true | string => answer.isWellFormed() || 'not valid Unicode'

type Question = Readonly<Record<string, unknown>> & { readonly type: string }

async function askOn({ stdin, stderr, signal }: PromptOptions, question: Question): Promise<unknown> {
  const { default: inquirer } = await import('inquirer')
  const stop = new AbortController()
  const ended = closes(stdin, stop)
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const ask = inquirer.createPromptModule({ input: stdin, output: stderr, signal: both })
  try {
    const answers: Record<string, unknown> = await ask([{ ...question, name: 'answer' }] as never)
    return answers['answer']
  } catch (error) {
    throw isFailure(signal?.reason)
      ? signal.reason
      : new Failure(signal?.aborted === true ? 'TERMINATED' : 'INTERRUPTED', { doing: 'asking' }, { cause: error })
  } finally {
    ended()
    stdin.setRawMode?.(false)
    stdin.pause()
    stderr.write(SHOW_CURSOR)
  }
}

/**
 * Ctrl-D and the end of input close the prompt's reader without an answer, and the library would wait for ever:
 * reading stops, so that is what is watched. An answer that came at the same time wins.
 */
function closes(stdin: Keys, stop: AbortController): () => void {
  const abort = (): void => void setTimeout(() => stop.abort(), 50)
  stdin.on('pause', abort).on('end', abort)
  return () => void stdin.off('pause', abort).off('end', abort)
}
