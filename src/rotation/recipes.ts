import { parseRecipe, type Recipe, type RecipeKind } from '../core/recipe.js'
import type { SecretValue } from '../core/secret.js'

export interface Wish {
  readonly length?: number
  /** A recipe such as `hex:64` or `password?exclude=0O1lI`, or the characters to choose from. */
  readonly charset?: string
}

const KINDS: readonly RecipeKind[] = ['hex', 'base64url', 'alphanumeric', 'password', 'uuid', 'key128', 'key256']
const isRecipe = (text: string): boolean => KINDS.some((kind) => new RegExp(`^${kind}(?:[:?]|$)`).test(text))

/** What the next value is made by: what was asked for, else of the kind of the current one, else of `usual`. */
export function recipeFor({ length, charset }: Wish, current: SecretValue, usual: Recipe): Recipe {
  const chosen = charset === undefined ? undefined : chosenBy(charset)
  if (chosen !== undefined) return length === undefined ? chosen : { ...chosen, length }
  const same = likeness(current) ?? usual
  if (length === undefined) return same
  return isKeyKind(same.kind) ? { kind: 'alphanumeric', length } : { ...same, length }
}

function chosenBy(charset: string): Recipe {
  return isRecipe(charset) ? parseRecipe(charset) : { kind: 'alphanumeric', charset }
}

const isKeyKind = (kind: RecipeKind): boolean => kind === 'uuid' || kind === 'key128' || kind === 'key256'

const likenesses: readonly (readonly [RegExp, (text: string) => Recipe])[] = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, () => ({ kind: 'uuid' })],
  [/^[0-9a-f]{32,4096}$/, ({ length }) => ({ kind: 'hex', length })],
  [/^[A-Za-z0-9+/]{43}=$/, () => ({ kind: 'key256' })],
  [/^[A-Za-z0-9+/]{22}==$/, () => ({ kind: 'key128' })],
]

/** Programs that read a secret may count on its kind: keys of so many bytes, a number of hex digits. */
function likeness(value: SecretValue): Recipe | undefined {
  if (!value.isText) return undefined
  const text = value.reveal()
  return likenesses.find(([pattern]) => pattern.test(text))?.[1](text)
}
