import { startAzureDouble } from './azure.js'
import { startGcpDouble } from './gcp.js'

/** Both doubles on fixed ports; their addresses as KEY=value lines. They run until they are told to end. */
export async function startDoubles(port: number, print: (line: string) => void): Promise<() => Promise<void>> {
  const gcp = await startGcpDouble({ port })
  const azure = await startAzureDouble({ port: port + 2 })
  print(`TEST_GCP_DOUBLE=${gcp.address}`)
  print(`TEST_GCP_DOUBLE_FORBIDDEN=${gcp.forbidden}`)
  print('TEST_GCP_DOUBLE_PROJECT=test-project')
  print(`TEST_AZURE_DOUBLE=${azure.url}`)
  print(`TEST_AZURE_DOUBLE_CA=${azure.certificate}`)
  print(`TEST_AZURE_DOUBLE_TENANT=${azure.tenant}`)
  print(`TEST_AZURE_DOUBLE_CLIENT=${azure.admin.client}`)
  print(`TEST_AZURE_DOUBLE_SECRET=${azure.admin.secret}`)
  print(`TEST_AZURE_DOUBLE_NOBODY=${azure.nobody.client}`)
  print(`TEST_AZURE_DOUBLE_NOBODY_SECRET=${azure.nobody.secret}`)
  return async () => void (await Promise.all([gcp.close(), azure.close()]))
}
