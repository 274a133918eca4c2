import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
  /** PEM file, for NODE_EXTRA_CA_CERTS or `ca-cert`. */
  readonly path: string
  remove(): void
}

/** A new key and a certificate for this machine, made by openssl; nobody else trusts it. */
export function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'vibesecrets-double-'))
  const [key, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '2', '-keyout', key, '-out', path, ...subject], {
    stdio: 'pipe',
  })
  return {
    key: readFileSync(key, 'utf8'),
    cert: readFileSync(path, 'utf8'),
    path,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
