import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect as dial } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { connect } from '../../src/providers/aws/connect.js'
import { awsSettings, realPorts } from '../support/conformance-aws.js'
import { codeOf, collect } from '../support/conformance-subject.js'
import { tempFolder } from '../support/temp.js'

const WAIT = 60_000

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const answer: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{"SecretList":[]}')
}

describe('the way to aws', () => {
  const servers: Server[] = []
  let ca = ''
  let secure = 0
  let proxy = 0
  let tunnels = 0

  beforeAll(async () => {
    const folder = tempFolder()
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', ...subject],
      { stdio: 'ignore' },
    )
    ca = cert
    const https = createHttps({ key: readFileSync(key), cert: readFileSync(cert) }, answer)
    const tunnel = createHttp().on('connect', (request, client, head) => {
      tunnels++
      const [host = '', port = ''] = (request.url ?? '').split(':')
      const target = dial(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        target.write(head)
        target.pipe(client).pipe(target)
      })
      target.on('error', () => client.destroy())
      client.on('error', () => target.destroy())
    })
    servers.push(https, tunnel)
    secure = await listen(https)
    proxy = await listen(tunnel)
  }, WAIT)
  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }, WAIT)

  /** What listing ends with, over `endpoint`. */
  async function check(endpoint: string, env: Record<string, string> = {}, timeoutMs = 30_000): Promise<string> {
    const settings = awsSettings(endpoint)
    const readFile = async (path: string) => readFileSync(path)
    const provider = await connect({ ...settings, timeoutMs, readFile, env: { ...settings.env, ...env } }, realPorts)
    try {
      return await codeOf(collect(provider.list()))
    } finally {
      await provider.close()
    }
  }

  test(
    'a certificate that is not trusted ends the connection, AWS_CA_BUNDLE makes it trusted',
    async () => {
      expect(await check(`https://localhost:${secure}`)).toBe('PROTOCOL')
      expect(await check(`https://localhost:${secure}`, { AWS_CA_BUNDLE: ca })).toBe('no failure')
    },
    WAIT,
  )

  test(
    'HTTPS_PROXY is gone through, but not for hosts of NO_PROXY',
    async () => {
      const env = { AWS_CA_BUNDLE: ca, HTTPS_PROXY: `http://127.0.0.1:${proxy}` }
      expect([await check(`https://localhost:${secure}`, env), tunnels]).toEqual(['no failure', 1])
      expect([await check(`https://localhost:${secure}`, { ...env, NO_PROXY: 'localhost' }), tunnels]).toEqual([
        'no failure',
        1,
      ])
    },
    WAIT,
  )

  test(
    'a redirect is not followed',
    async () => {
      let followed = 0
      const other = createHttp((request, response) => {
        followed++
        answer(request, response)
      })
      const target = await listen(other)
      const redirecting = createHttp((_request, response) => {
        response.writeHead(307, { location: `http://127.0.0.1:${target}/` }).end()
      })
      servers.push(other, redirecting)
      expect([await check(`http://127.0.0.1:${await listen(redirecting)}`), followed]).toEqual(['PROTOCOL', 0])
    },
    WAIT,
  )

  test(
    'a server that never answers ends with TIMEOUT',
    async () => {
      const silent = createHttp(() => {})
      servers.push(silent)
      expect(await check(`http://127.0.0.1:${await listen(silent)}`, {}, 300)).toBe('TIMEOUT')
    },
    WAIT,
  )

  test(
    'a page of a gateway is no answer',
    async () => {
      const gateway = createHttp((_request, response) => {
        response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>')
      })
      const portal = createHttp((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>')
      })
      servers.push(gateway, portal)
      expect(await check(`http://127.0.0.1:${await listen(gateway)}`)).toBe('UNAVAILABLE')
      expect(await check(`http://127.0.0.1:${await listen(portal)}`)).toBe('PROTOCOL')
    },
    WAIT,
  )
})
