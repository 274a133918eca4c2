import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Service, Session } from '../../support/txtar.js'

/**
 * Not Vault: a server that answers about one secret, `known`, and refuses, throttles or fails for names that say so.
 * It shows what the program makes of a doubt; the real Vault is in test/servers.
 */
export function doubtfulVault(): Service {
  const servers = new WeakMap<Session, Server>()
  return {
    async open(session) {
      const server = createServer(({ url = '' }, response) => {
        const { status, body } = answer(url)
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
      servers.set(session, server)
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
      const { port } = server.address() as AddressInfo
      return { VAULT_DOUBLE: `http://127.0.0.1:${port}` }
    },
    seed: async () => {
      throw new Error('the double holds what it holds')
    },
    read: async () => undefined,
    async close(session) {
      servers.get(session)?.close()
    },
  }
}

interface Answer {
  readonly status: number
  readonly body: object
}

const statuses: Readonly<Record<string, number>> = { refused: 403, throttled: 429, broken: 500 }

function answer(url: string): Answer {
  if (url.includes('/sys/internal/ui/mounts')) return { status: 200, body: mount }
  if (url.includes('list=true')) return { status: 200, body: { data: { keys: ['known'] } } }
  const name = /\/(?:data|metadata)\/vibebox\/([\w-]+)/.exec(url)?.[1] ?? ''
  const status = statuses[name]
  if (status !== undefined) return { status, body: { errors: [] } }
  return name === 'known' ? { status: 200, body: known } : { status: 404, body: { errors: [] } }
}

const mount = { data: { type: 'kv', options: { version: '2' }, path: 'secret/' } }
const metadata = { version: 3, created_time: '2026-01-02T03:04:05.000000Z', deletion_time: '', destroyed: false }
const known = { data: { data: { value: 'vault-known-value' }, metadata } }
