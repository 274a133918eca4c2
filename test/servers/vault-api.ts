import { server } from './support/env.js'

export const WAIT = 120_000

/** Vault's own API, with nothing of ours between. */
export async function raw(method: string, path: string, body?: unknown, token = server('TEST_VAULT_TOKEN')) {
  const answer = await fetch(`${server('TEST_VAULT_ADDR')}/v1/${path.split('/').map(encodeURIComponent).join('/')}`, {
    method,
    headers: { 'X-Vault-Token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const said = await answer.text()
  return { status: answer.status, json: said === '' ? undefined : JSON.parse(said) }
}

export interface Kv {
  readonly mount: string
  readonly pathOf: (name: string) => string
  readonly bodyOf: (fields: object) => object
  readonly fieldsOf: (json: unknown) => Record<string, string> | null | undefined
}
export const kv2: Kv = {
  mount: 'secret',
  pathOf: (name) => `secret/data/${name}`,
  bodyOf: (data) => ({ data }),
  fieldsOf: (json) => (json as { data?: { data: Record<string, string> } }).data?.data,
}
export const kv1: Kv = {
  mount: 'kv1',
  pathOf: (name) => `kv1/${name}`,
  bodyOf: (data) => data,
  fieldsOf: (json) => (json as { data?: Record<string, string> }).data,
}

export const envOf = (kv: Kv, address: string, token = server('TEST_VAULT_TOKEN')) => ({
  VAULT_ADDR: address,
  VAULT_TOKEN: token,
  VAULT_PATH: kv.mount,
})

export async function tokenWith(name: string, policy: string, ttl = '1h'): Promise<string> {
  await raw('PUT', `sys/policies/acl/${name}`, { policy })
  return (await raw('POST', 'auth/token/create', { policies: [name], ttl })).json.auth.client_token
}
