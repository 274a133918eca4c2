/** Words that templates put where a value belongs. Compared without case and without `_`, `-` and blanks. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/^change(?:me|this|it|that)|changeme|tobechanged|replaceme|^replace(?:this|with)|^changed?by/, "says 'change me'"],
  [
    /^(?:put|enter|insert|add|set|fill|paste|type)(?:in)?(?:your|the|a|here|me|value|this|me)|(?:here|goeshere)$/,
    'says where to put a value',
  ],
  [/^(?:my|the|some|any|your)?super(?:duper)?secret/, "says 'super secret'"],
  [
    /^(?:get|copy|generate|create|use|make|obtain)(?:a|an|the|your|me|with|from|by|it|one|this|secure|random)/,
    'says how to get a value',
  ],
  [
    /^(?:a|an|my|your|the|some|very|this)?(?:long|strong|secure|very|random|unique)+(?:string|secret|password|key|value|token|text)/,
    'describes a value',
  ],
  [/^your[a-z]|your(?:api)?(?:key|token|secret|password)/, "says 'your …'"],
  [
    /^(?:placeholder|dummy|sample|example|todo|tbd|fixme|fillme|notset|unset|notarealkey|fake)|(?:placeholder|example|dummy)$/,
    'says that it is only an example',
  ],
  [
    /^(?:password|passwd|secret|secretkey|token|apikey|key|pass|mypassword|mysecret|mysecretkey|mytoken|mykey|smtppassword|dbpassword|jwtsecret|accesskey|clientsecret|privatekey|value|string|credentials)$/,
    'only names what belongs here',
  ],
]
/** The services' own documentation uses these; they end so and open nothing. */
const DOCUMENTATION = /EXAMPLE(?:KEY)?$/

/** Why a value looks like one that a template put there, in words without the value; undefined for a real one. */
export function isPlaceholder(value: string): string | undefined {
  const text = value.trim()
  if (text === '' || text.length > 300 || text.includes('\n')) return undefined
  return byBrackets(text) ?? byRun(text) ?? byWords(text) ?? byPassword(text)
}

function byBrackets(text: string): string | undefined {
  if (/^<[^<>]+>$/.test(text)) return 'stands in <…>'
  if (/^\[[^[\]]+\]$/.test(text) && !text.includes('"')) return 'stands in […]'
  if (/^\{\{[^{}]+\}\}$|^\{[A-Za-z_ -]+\}$|^%[A-Z_]+%$|^__[A-Z_]+__$/.test(text)) return 'stands in template marks'
  if (/^(?:\$\()?`?(?:openssl|head|uuidgen|pwgen|date)\s/.test(text)) return 'is a command to run'
  return undefined
}

function byRun(text: string): string | undefined {
  if (/x{4}|X{4}|\*{3}/.test(text) || /^(?:xxx|XXX)$/.test(text) || /^[xX]+(?:-[xX]+)+$/.test(text))
    return "holds 'xxx'"
  if (/(?:\.{3}|…)$/.test(text)) return 'ends in dots'
  if (/^(.)\1{5,}$/.test(text)) return 'is one character again and again'
  if (text.length >= 8 && isCounting(text)) return 'counts up'
  return DOCUMENTATION.test(text) ? 'is an example of documentation' : undefined
}

/** 12345678, abcdefgh, 0123456789abcdef, and the same again. */
function isCounting(text: string): boolean {
  const row = '0123456789abcdefghijklmnopqrstuvwxyz'
  const digits = '1234567890'
  const lower = text.toLowerCase().replace(/[-_]/g, '')
  return [row, digits, '0123456789abcdef'].some((one) => one.repeat(12).startsWith(lower) || one.includes(lower))
}

function byWords(text: string): string | undefined {
  const plain = text
    .toLowerCase()
    .replace(/[-_\s.!]+/g, '')
    .replace(/\d{1,4}$/, '')
  return PHRASES.find(([pattern]) => pattern.test(plain))?.[1]
}

/** `postgres://user:password@localhost/db`: the password is what counts. */
function byPassword(text: string): string | undefined {
  const password = /^[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]*:([^\s@]+)@/i.exec(text)?.[1]
  return password === undefined ? undefined : (byBrackets(password) ?? byRun(password) ?? byWords(password))
}
