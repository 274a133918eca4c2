import type { Agent } from 'node:http'
import { exchange } from '../http.js'
import type { VaultSettings } from './settings.js'

/** A body that is JSON text already. */
export class RawBody {
  constructor(readonly json: string) {}
}

interface Options {
  readonly method: string
  readonly uri: string
  readonly headers: Record<string, string>
  readonly json?: object
}

/**
 * Stands in for axios, which follows redirects with the token and puts token and body into its errors. node-vault is
 * told 200 always, so that every reply comes to us with its headers.
 */
export function transport(settings: VaultSettings, agent: Agent): (options: Options) => Promise<object> {
  return async (options) => {
    const body = bodyOf(options.json)
    const reply = await exchange({
      url: new URL(options.uri),
      method: options.method,
      headers: { ...options.headers, 'X-Vault-Request': 'true', ...(body && { 'Content-Type': 'application/json' }) },
      body,
      agent,
      timeoutMs: settings.timeoutMs,
    })
    return { statusCode: 200, body: reply, request: { path: '' } }
  }
}

function bodyOf(json: object | undefined): string | undefined {
  return json instanceof RawBody ? json.json : json && JSON.stringify(json)
}
