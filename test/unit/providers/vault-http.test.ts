import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { agentFor, proxyOf } from '../../../src/providers/agent.js'
import { exchange } from '../../../src/providers/http.js'

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections()
})

async function listen(listener: RequestListener): Promise<URL> {
  const server = createServer(listener)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/x`)
}

const post = async (url: URL, body = 'äx', timeoutMs = 30_000) => {
  const agent = await agentFor(url, {}, undefined)
  return exchange({ url, method: 'POST', headers: { 'X-A': 'b' }, body, agent, timeoutMs }).finally(() =>
    agent.destroy(),
  )
}

describe('one request', () => {
  test('gives status, headers and text whatever the status, and follows no redirect', async () => {
    const url = await listen((incoming, outgoing) => {
      outgoing.writeHead(307, { Location: 'http://127.0.0.1:1/', 'X-Length': incoming.headers['content-length'] })
      incoming.pipe(outgoing)
    })
    expect(await post(url)).toMatchObject({ status: 307, text: 'äx', headers: { 'x-length': '3' } })
  })

  test('ends after its time, also when the answer has begun', async () => {
    const silent = await listen(() => undefined)
    await expect(post(silent, 'x', 50)).rejects.toMatchObject({ code: 'ETIMEDOUT', sent: true })
    const half = await listen((_, outgoing) => void outgoing.writeHead(200).write('half'))
    await expect(post(half, 'x', 50)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  test('half an answer is no answer', async () => {
    const url = await listen((_, outgoing) => {
      outgoing.writeHead(200, { 'Content-Length': '100' }).write('half', () => outgoing.destroy())
    })
    await expect(post(url)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('nobody there: the request has not left, and the error holds nothing of it', async () => {
    const failure = await post(new URL('http://127.0.0.1:1/'), 'canary').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ECONNREFUSED', sent: false })
    expect(JSON.stringify(failure)).not.toContain('canary')
  })

  test('goes through a proxy where one is named', async () => {
    const target = await listen((_, outgoing) => void outgoing.end('by proxy'))
    const proxy = await listen(() => undefined)
    const seen: (string | undefined)[] = []
    open.at(-1)?.on('connect', (incoming, socket) => {
      seen.push(incoming.url)
      const onward = connect(Number(target.port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
    })
    const url = new URL('http://vault.example.com/v1/x')
    const agent = await agentFor(url, {}, proxy.origin)
    const reply = await exchange({ url, method: 'GET', headers: {}, agent, timeoutMs: 30_000 })
    agent.destroy()
    expect([reply.text, seen]).toEqual(['by proxy', ['vault.example.com:80']])
  })
})

describe('which proxy a request takes', () => {
  const env = { HTTPS_PROXY: 'http://proxy:3128' }
  test.each([
    ['https://v.example.com', env, 'http://proxy:3128'],
    ['https://v.example.com', { https_proxy: 'proxy:3128' }, 'http://proxy:3128'],
    ['https://v.example.com', { ALL_PROXY: 'http://all' }, 'http://all'],
    ['http://v.example.com', env, undefined],
    ['http://v.example.com', { http_proxy: 'http://p' }, 'http://p'],
    ['https://127.0.0.1:8200', env, undefined],
    ['https://localhost', env, undefined],
    ['https://v.example.com', { ...env, NO_PROXY: 'other, v.example.com' }, undefined],
    ['https://v.example.com', { ...env, NO_PROXY: '.example.com' }, undefined],
    ['https://v.example.com', { ...env, no_proxy: 'example.com' }, undefined],
    ['https://v.example.com', { ...env, NO_PROXY: '*.example.com' }, undefined],
    ['https://v.example.com', { ...env, NO_PROXY: '*' }, undefined],
    ['https://v.example.com', { ...env, NO_PROXY: 'ample.com' }, 'http://proxy:3128'],
    ['https://v.example.com:8200', { ...env, NO_PROXY: 'v.example.com:8201' }, 'http://proxy:3128'],
    ['https://v.example.com:8200', { ...env, NO_PROXY: 'v.example.com:8200' }, undefined],
    ['https://v.example.com', { HTTPS_PROXY: '' }, undefined],
  ])('%s with %j: %p', (url, given, proxy) => expect(proxyOf(new URL(url), given)).toBe(proxy))
})
