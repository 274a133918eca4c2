import { Failure } from '../core/failure.js'

const LIMIT = 64 * 1024 * 1024

/** All bytes of a stream, up to 64 MiB. */
export async function readAll(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    length += bytes.length
    if (length > LIMIT)
      throw new Failure('INPUT_INVALID', { doing: 'reading standard input', why: `more than ${LIMIT} bytes` })
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
