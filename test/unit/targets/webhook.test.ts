import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { webhookHook } from '../../../src/targets/webhook.js'

const clock = { now: () => new Date(1_700_000_000_000), sleep: async () => undefined }
const key = SecretValue.fromText('signing-key')
const call = { event: 'rotated', facts: { secret: 'api-key' }, values: { next: SecretValue.fromText('canary-value') } }

/** Answers once with `status`; gives what came. */
async function listener(status: number) {
  const seen: { headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ headers: request.headers, body })
    response.writeHead(status, { connection: 'close', location: 'http://127.0.0.1:1/' }).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return { seen, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() }
}

test('a webhook gets names and facts with a signature, and no value', async () => {
  const { seen, url, close } = await listener(204)
  await webhookHook(url, { clock, timeoutMs: 30_000, key }).call(call)
  close()
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual([{ event: 'rotated', secret: 'api-key' }])
  const expected = createHmac('sha256', 'signing-key').update(`1700000000.${seen[0]?.body}`).digest('hex')
  expect(seen[0]?.headers['x-vibesecrets-signature']).toBe(`sha256=${expected}`)
})

test.each([302, 500])('an answer %i is no confirmation, and a redirect is not followed', async (status) => {
  const { url, close } = await listener(status)
  await expect(webhookHook(url, { clock, timeoutMs: 30_000 }).call(call)).rejects.toMatchObject({
    code: 'NOT_CONFIRMED',
  })
  close()
})

test('plain http to another machine is refused, and nobody there is unavailable', async () => {
  expect(() => webhookHook('http://example.com/', { clock, timeoutMs: 1 })).toThrow('INSECURE')
  const nobody = webhookHook('http://127.0.0.1:1/', { clock, timeoutMs: 30_000 }).call(call)
  await expect(nobody).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
