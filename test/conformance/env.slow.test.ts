import type { EnvFiles } from '../../src/core/ports.js'
import { connect } from '../../src/providers/env/connect.js'
import { conformance, type Subject } from '../support/conformance.js'
import { outsideOf } from '../support/conformance-memory.js'

/** One .env file that several programs may change. */
function sharedFile() {
  let bytes: Uint8Array | undefined
  let gap: (() => Promise<void>) | undefined
  const plain: EnvFiles = {
    read: async () => bytes,
    replace: async (_path, next) => {
      bytes = next
    },
  }
  const gapped: EnvFiles = {
    read: plain.read,
    async replace(path, next) {
      const act = gap
      gap = undefined
      await act?.()
      await plain.replace(path, next)
    },
  }
  const between = (act: () => Promise<void>): void => {
    gap = act
  }
  return { plain, gapped, between }
}

async function open(): Promise<Subject> {
  const file = sharedFile()
  const settings = { environment: {}, file: '/app/.env' }
  const fingerprintKey = new Uint8Array(32).fill(7)
  const other = await connect(settings, { fingerprintKey, files: file.plain })
  return {
    provider: await connect(settings, { fingerprintKey, files: file.gapped }),
    prefix: 'vibebox-',
    outside: outsideOf(other),
    between: file.between,
    largest: 10_000,
    refuses: ['CRLF and lone CR', 'quotes', 'dollars'],
    cleanup: async () => {},
  }
}

conformance('env with a file', open, {
  traits: { id: 'env', compareAndSet: 'read-first', binary: false, labels: false, descriptions: false },
  abilities: ['writeMany', 'removeMany'],
})
