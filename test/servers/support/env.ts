import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where start.sh says what runs. */
const file = join(process.env['VIBESECRETS_SERVERS_RUN'] ?? '/tmp/vibesecrets-servers', 'env')

export type ServerVariable =
  | 'TEST_AWS_MOTO'
  | 'TEST_AWS_LOCALSTACK'
  | 'TEST_VAULT_ADDR'
  | 'TEST_VAULT_TOKEN'
  | 'TEST_VAULT_BIN'
  | 'TEST_VAULT_ROLE_ID'
  | 'TEST_VAULT_SECRET_ID'
  | 'TEST_VAULT_READ_TOKEN'
  | 'TEST_KUBECONFIG'
  | 'TEST_KUBECTL'
  | 'TEST_POSTGRES'
  | 'TEST_POSTGRES_LOG'
  | 'TEST_MARIADB'
  | 'TEST_MARIADB_SOCKET'
  | 'TEST_MARIADB_PORT'
  | 'TEST_S3'
  | 'TEST_S3_KEY'
  | 'TEST_S3_SECRET'
  | 'TEST_TOXIPROXY'

const addresses = existsSync(file) ? parse(readFileSync(file, 'utf8')) : new Map<string, string>()

/** An address of a running test server. A server that is missing fails the test: it is never skipped. */
export function server(name: ServerVariable): string {
  const address = process.env[name] ?? addresses.get(name)
  if (address === undefined)
    throw new Error(`${name} is not in ${file}: run npm run servers:install && npm run servers:start`)
  return address
}

function parse(text: string): Map<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
