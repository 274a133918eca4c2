import { damaged, hostile } from '../lines.js'

const BLOCK = 512

export interface TarFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The plain files of a tar archive (ustar, GNU and pax long names), each checked by its header's sum. */
export function* untar(archive: Buffer): Generator<TarFile> {
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= archive.byteLength; ) {
    const header = archive.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) return
    if (sumOf(header) !== octal(header, 148, 8)) throw damaged(`the archive is damaged at byte ${at}`)
    const size = octal(header, 124, 12)
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + size)
    if (bytes.byteLength < size) throw damaged('the archive was cut')
    const type = String.fromCharCode(header[156] ?? 0)
    if (type === 'L') longName = textOf(bytes, 0, bytes.byteLength)
    else if (type === 'x') longName = paxPath(bytes) ?? longName
    else {
      if (type === '0' || type === '\0') yield { name: longName ?? nameIn(header), bytes }
      longName = undefined
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  throw damaged('the archive was cut')
}

function octal(header: Buffer, from: number, length: number): number {
  if (((header[from] ?? 0) & 0x80) !== 0) throw hostile('a file of more than 8 GiB')
  const digits = textOf(header, from, length).trim()
  if (!/^[0-7]*$/.test(digits)) throw damaged('a number in the archive cannot be read')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function textOf(bytes: Buffer, from: number, length: number): string {
  const part = bytes.subarray(from, from + length)
  const end = part.indexOf(0)
  return part.subarray(0, end < 0 ? part.byteLength : end).toString('utf8')
}

function nameIn(header: Buffer): string {
  const prefix = textOf(header, 257, 5) === 'ustar' && header[262] === 0 ? textOf(header, 345, 155) : ''
  return prefix === '' ? textOf(header, 0, 100) : `${prefix}/${textOf(header, 0, 100)}`
}

/** The sum of the header's bytes, its own field taken as spaces. */
const sumOf = (header: Buffer): number => header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)

function paxPath(bytes: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(bytes.toString('utf8'))?.[1]
}

/** A tar archive (ustar; GNU long names where needed), the same bytes for the same files. */
export function tar(files: Iterable<TarFile>, madeAt: Date): Buffer {
  const parts: Buffer[] = []
  for (const { name, bytes } of files) {
    const long = Buffer.from(name)
    if (long.byteLength > 100)
      parts.push(
        headerOf('././@LongLink', long.byteLength + 1, 'L', madeAt),
        padded(Buffer.concat([long, Buffer.alloc(1)])),
      )
    parts.push(
      headerOf(long.subarray(0, 100).toString('latin1'), bytes.byteLength, '0', madeAt),
      padded(Buffer.from(bytes)),
    )
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK)])

function headerOf(name: string, size: number, type: string, madeAt: Date): Buffer {
  const header = Buffer.alloc(BLOCK)
  const number = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`
  header.write(name, 0, 100, 'latin1')
  header.write(
    `${number(0o600, 7)}${number(0, 7)}${number(0, 7)}${number(size, 11)}${number(Math.floor(madeAt.getTime() / 1000), 11)}`,
    100,
    'latin1',
  )
  header.write(`        ${type}`, 148, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
