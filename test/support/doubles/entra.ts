import { randomBytes } from 'node:crypto'

/** Who may ask for tokens, and what the vault lets them do. */
export interface Identity {
  readonly client: string
  readonly secret: string
  /** Data actions, without their beginning; `undefined`: all. */
  readonly actions?: readonly string[]
}

export const TENANT = '72f988bf-0000-4000-8000-000000000001'
const RESOURCE = 'https://vault.azure.net'

/**
 * The part of Microsoft Entra that a client with a secret needs:
 * learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export class Entra {
  readonly #tokens = new Map<string, Identity>()
  readonly #identities: readonly Identity[]
  base = ''

  constructor(identities: readonly Identity[]) {
    this.#identities = identities
  }

  who(authorization: string | undefined): Identity | undefined {
    return this.#tokens.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '')
  }

  /** Ends every token: the next request is challenged again. */
  forget(): void {
    this.#tokens.clear()
  }

  /** learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses */
  challenge(): string {
    return `Bearer authorization="${this.base}/${TENANT}", resource="${RESOURCE}"`
  }

  answer(path: string, body: string): { readonly status: number; readonly body: object } | undefined {
    if (!path.startsWith(`/${TENANT}/`)) return undefined
    if (path.endsWith('/.well-known/openid-configuration')) return { status: 200, body: this.#metadata() }
    return path.endsWith('/oauth2/v2.0/token') ? this.#token(new URLSearchParams(body)) : undefined
  }

  #metadata(): object {
    const at = `${this.base}/${TENANT}`
    return {
      issuer: `${at}/v2.0`,
      authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
      token_endpoint: `${at}/oauth2/v2.0/token`,
      jwks_uri: `${at}/discovery/v2.0/keys`,
    }
  }

  #token(form: URLSearchParams): { readonly status: number; readonly body: object } {
    const identity = this.#identities.find(({ client }) => client === form.get('client_id'))
    if (identity === undefined)
      return refused('unauthorized_client', 'AADSTS700016: Application was not found in the directory.')
    if (identity.secret !== form.get('client_secret'))
      return refused('invalid_client', 'AADSTS7000215: Invalid client secret provided.')
    if (form.get('scope')?.split(' ').includes(`${RESOURCE}/.default`) !== true)
      return refused('invalid_scope', 'AADSTS70011: The provided value for scope is not valid.')
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, identity)
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3_599, ext_expires_in: 3_599, access_token: token },
    }
  }
}

const refused = (error: string, error_description: string) => ({
  status: 401,
  body: { error, error_description, error_codes: [Number(/\d+/.exec(error_description)?.[0])] },
})
