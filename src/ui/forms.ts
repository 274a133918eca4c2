import type { SecretValue } from '../core/secret.js'
import { visible } from './escape.js'

/** Shorter values are not looked for: they would hide half of every text. They are never printed either. */
export const LEAST = 6
const LEAST_LINE = 8
/** Values beyond this many bytes are looked for in fewer forms, to bound memory. */
const LONG = 4096

export interface Skip {
  /** Texts that may be printed. */
  readonly allowed: ReadonlySet<string>
  /** Forms that are remembered already: a value that was seen before costs one encoding. */
  readonly known: ReadonlySet<string>
}

/** Every way that a value may turn up in a text. Forms shorter than 6 characters are left out. */
export function formsOf(value: SecretValue, skip: Skip): string[] {
  const bytes = Buffer.from(value.revealBytes())
  const base64 = bytes.toString('base64')
  if (skip.known.has(base64)) return []
  const text = value.isText ? bytes.toString('utf8') : undefined
  if (text !== undefined && skip.allowed.has(text)) return []
  const forms = byteForms(bytes, base64)
  if (text === undefined) forms.push(bytes.toString('latin1'))
  else addTextForms(text, forms)
  return forms.filter((form) => form.length >= LEAST)
}

/** The first is plain base64: by it a value is known again. */
function byteForms(bytes: Buffer, base64: string): string[] {
  const hex = bytes.toString('hex')
  const forms = [base64, ...shiftedBase64(bytes, base64), hex]
  if (bytes.length > LONG) return forms
  const url = forms.slice(0, -1).filter((form) => /[+/=]/.test(form))
  return [...forms, ...url.map(urlSafe), hex.toUpperCase()]
}

const urlSafe = (base64: string): string => base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')

/** Inside a longer text that was encoded as a whole, a value looks different at each of three offsets. */
function shiftedBase64(bytes: Buffer, base64: string): string[] {
  const longer = Buffer.alloc(bytes.length + 2)
  bytes.copy(longer, 2)
  const end = (offset: number): number => Math.floor(((offset + bytes.length) * 8) / 6)
  return [
    base64.slice(0, end(0)),
    longer.toString('base64', 1).slice(2, end(1)),
    longer.toString('base64').slice(3, end(2)),
  ]
}

function addTextForms(text: string, forms: string[]): void {
  forms.push(text)
  if (SIMPLE.test(text)) return
  if (/[\n\r]/.test(text)) forms.push(...linesOf(text))
  forms.push(...quoted(text).filter((form) => form !== text))
  if (text.length <= LONG) forms.push(...encoded(text))
}

/** Nothing in it is ever quoted, escaped or encoded. */
const SIMPLE = /^[A-Za-z0-9_.-]*$/
/** What every key file says is no secret. */
const ARMOR = /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim())
  return lines.filter((line) => line.length >= LEAST_LINE && !ARMOR.test(line))
}

/** As JSON, JSON in JSON, shells, .env files, `util.inspect`, SQL, our own escapes and XML write it. */
function quoted(text: string): string[] {
  const json = inJson(text)
  const forms = json === text ? [] : [json, inJson(json), json.replaceAll('\\"', '"')]
  if (/["$`\\]/.test(text)) forms.push(text.replaceAll(/["$`\\]/g, '\\$&'), text.replaceAll('"', '""'))
  if (text.includes("'")) {
    forms.push(text.replaceAll("'", `'\\''`), text.replaceAll("'", "''"))
    forms.push(json.replaceAll('\\"', '"').replaceAll("'", "\\'"))
  }
  if (/[&<>"']/.test(text)) forms.push(inXml(text))
  return [...forms, visible(text)]
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** Also used to write XML. */
export const inXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')

/** As URLs and forms write it, in both cases of the digits. */
function encoded(text: string): string[] {
  const component = encodeURIComponent(text)
  const forms = [component]
  if (/[!'()*]/.test(text)) forms.push(component.replaceAll(/[!'()*]/g, percent))
  if (component.includes('%20')) forms.push(...forms.map((form) => form.replaceAll('%20', '+')))
  const whole = encodeURI(text)
  if (whole !== component && whole !== text) forms.push(whole)
  return forms.flatMap((form) => (/%[^%]?[A-F]/.test(form) ? [form, form.replaceAll(/%../g, lower)] : [form]))
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
const lower = (code: string): string => code.toLowerCase()
