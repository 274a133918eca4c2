import type { BackupHost } from '../backup/host.js'
import { isBucket, splitBucket } from '../backup/sinks/place.js'
import type { Sink } from '../backup/sinks/sink.js'

/** Where a backup goes: under a name of the operator's, or under its own dated one. */
export interface Target {
  readonly sink: Sink
  readonly name?: string
}

/** `-`, `s3://…`, a folder (one that is there, or that ends in `/`), or a file. */
export async function targetOf(
  out: string,
  host: BackupHost,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<Target> {
  if (out === '-') return { sink: pipeSink(host, write), name: 'standard output' }
  if (isBucket(out)) {
    const { place, name } = splitBucket(out)
    return { sink: await host.sink(place), ...(name === '' ? {} : { name }) }
  }
  const isFolder = out.endsWith('/') || (await host.files.stat(host.pathOf(out)))?.kind === 'folder'
  if (isFolder) return { sink: await host.sink(out) }
  const cut = out.lastIndexOf('/')
  return { sink: await host.sink(cut < 0 ? '.' : out.slice(0, cut + 1)), name: out.slice(cut + 1) }
}

/** Standard output: nothing is written to it before the whole backup was verified. */
function pipeSink(host: BackupHost, write: (bytes: Uint8Array) => Promise<void>): Sink {
  return {
    shown: '',
    list: async () => [],
    open: async () => {
      throw new Error('standard output cannot be read')
    },
    draft: host.spool,
    async publish(draft) {
      for await (const piece of draft.read()) await write(piece)
      await draft.discard()
    },
    remove: async () => false,
  }
}

/** How a file of a place is typed. */
export const fileIn = ({ shown }: Pick<Sink, 'shown'>, name: string): string => {
  if (shown === '' || shown === '.') return name
  return `${shown}${shown.endsWith('/') ? '' : '/'}${name}`
}

/** Whether a place is meant, and not one file in it. */
export async function isPlace(what: string, host: BackupHost): Promise<boolean> {
  if (isBucket(what)) return splitBucket(what).name === ''
  return (await host.files.stat(host.pathOf(what)))?.kind === 'folder'
}
