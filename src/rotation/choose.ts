import type { SecretName } from '../core/names.js'

export type Strategy = 'random' | 'jwt' | 'database' | 'encryption-key' | 'command'

/** What a name says where nobody said more. `issued`: made by someone else, who has to make the next one too. */
export type Guess = Strategy | 'issued'

const words: readonly (readonly [RegExp, Guess])[] = [
  [/(?:^|-)encryption(?:-|$)|(?:^|-)(?:data|master|kms)-key$/, 'encryption-key'],
  [/(?:^|-)jwt(?:-|$)|(?:^|-)(?:token|signing|signature)-(?:secret|key)$/, 'jwt'],
  [/(?:^|-)(?:database|db|postgres(?:ql)?|pg|mysql|mariadb)-(?:password|pass|url|uri|dsn)$/, 'database'],
  [/(?:^|-)(?:api|access|account|license|public|private)-(?:key|token)(?:-id)?$/, 'issued'],
  [/^(?:stripe|github|gitlab|sendgrid|openai|anthropic|slack|twilio|aws|gcp|azure|smtp|sentry)-/, 'issued'],
  [/(?:^|-)client-secret$|(?:^|-)(?:redis|mongo(?:db)?|amqp|rabbitmq|smtp)-|-(?:url|uri|dsn)$/, 'issued'],
]

/** By the words of the name; a value that only we check is random. */
export function guessStrategy(name: SecretName): Guess {
  const plain = name.toLowerCase().replaceAll(/[_./]/g, '-')
  return words.find(([pattern]) => pattern.test(plain))?.[1] ?? 'random'
}
