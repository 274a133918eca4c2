import { parallel } from '../../../src/providers/parallel.js'
import { type Kv, kv1, kv2, raw } from '../vault-api.js'
import { server } from './env.js'
import { type HttpGate, openHttpGate } from './gate.js'
import type { Place } from './places.js'
import { freshPrefix } from './services-prefix.js'

export interface VaultPlace extends Place {
  readonly gate: HttpGate
  readonly kv: Kv
}

/** A Vault server behind a gate; the own client is its HTTP API. */
export async function openVault(mount: 'secret' | 'kv1'): Promise<VaultPlace> {
  const gate = await openHttpGate({
    upstream: server('TEST_VAULT_ADDR'),
    kindOf,
    mutates: (method, path) => method !== 'GET' && !path.startsWith('/v1/auth/') && !path.startsWith('/v1/sys/'),
    answers: {
      forbidden: { status: 403, body: '{"errors":["permission denied"]}' },
      throttled: { status: 429, body: '{"errors":["request path: rate limit quota exceeded"]}' },
      unavailable: { status: 503, body: '{"errors":["Vault is sealed"]}' },
    },
  })
  const kv = mount === 'secret' ? kv2 : kv1
  const prefix = `vibebox/${freshPrefix()}/`
  const full = (name: string) => prefix + name
  const get = async (name: string): Promise<Uint8Array | undefined> => {
    const value = kv.fieldsOf((await raw('GET', kv.pathOf(full(name)))).json)?.['value']
    return value === undefined ? undefined : Buffer.from(value)
  }
  const facts = mount === 'secret' ? 'secret/metadata' : 'kv1'
  const expectDone = ({ status }: { readonly status: number }): void => {
    if (status >= 300) throw new Error(`Vault answered ${status}`)
  }
  return {
    gate,
    kv,
    prefix,
    env: {
      VAULT_ADDR: gate.url,
      VAULT_TOKEN: server('TEST_VAULT_TOKEN'),
      VAULT_PATH: mount,
      VAULT_PREFIX: prefix,
    },
    async put(values) {
      for (const [name, value] of values)
        expectDone(await raw('POST', kv.pathOf(full(name)), kv.bodyOf({ value: Buffer.from(value).toString() })))
    },
    get,
    async getMany(names) {
      const found = await parallel(names, 8, async (name) => [name, await get(name)] as const)
      return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
    },
    ...(mount === 'secret' && {
      versions: (names: readonly string[]) =>
        parallel(names, 8, async (name) => {
          const { json } = await raw('GET', `${facts}/${full(name)}`)
          return Object.keys(json.data.versions).length
        }),
    }),
    async destroy(name) {
      expectDone(await raw('DELETE', `${facts}/${full(name)}`))
    },
    async close() {
      const { json } = await raw('LIST', `${facts}/${prefix.slice(0, -1)}`)
      await parallel((json?.data?.keys ?? []) as string[], 8, (key) => raw('DELETE', `${facts}/${full(key)}`))
      await gate.close()
    },
  }
}

/** `GET secret/data`: the verb and the endpoint. */
function kindOf(method: string, path: string): string {
  const [, , ...parts] = path.split('?')[0]?.split('/') ?? []
  const verb = path.includes('list=true') ? 'LIST' : method
  return `${verb} ${parts.slice(0, parts[0] === 'kv1' ? 1 : 2).join('/')}`
}
