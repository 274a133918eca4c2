import { join } from 'node:path'
import { Failure } from '../../core/failure.js'
import type { Random } from '../../core/ports.js'
import { type Crypt, cryptOf } from './crypt.js'
import type { Disk } from './disk.js'
import { type Document, Draft, openDocument } from './document.js'
import { damaged, parseLines } from './format.js'

/** The key that values are sealed with. `create: false` where a store is there: a new key could not open it. */
export type StoreKeys = (want: { readonly create: boolean }) => Promise<{ key(purpose: 'store'): Uint8Array }>

export interface StoreSettings {
  readonly folder: string
  /**
   * Where the highest counter ever seen is kept, outside the folder: an older copy of the whole store is then refused.
   * Without it such a copy cannot be told.
   */
  readonly counterFile?: string
  /** How long a write waits for another process's. */
  readonly lockWaitMs: number
}

/** A store that can be looked at or changed, and what opens its boxes. */
export interface Opened {
  readonly document: Document
  readonly crypt: Crypt
}

export interface Store {
  readonly file: string
  /** `undefined` when there is no store yet; looking makes none. */
  look(): Promise<Opened | undefined>
  /** Changes the store under its lock, all of `change` or nothing. Nothing is written when nothing changed. */
  change<T>(change: (draft: Draft, crypt: Crypt) => T): Promise<T>
  forget(): void
}

/** A store that grew beyond this could not be read again. */
const MAX_FILE_BYTES = 200 * 1024 * 1024

export function openStore(settings: StoreSettings, disk: Disk, random: Random, keys: StoreKeys): Store {
  const file = join(settings.folder, 'secrets.jsonl')
  const counter = counterOf(settings.counterFile, disk)
  let cached: (Opened & { readonly stamp: string }) | undefined

  async function look(): Promise<Opened | undefined> {
    const stamp = await disk.stamp(file)
    if (stamp !== undefined && stamp === cached?.stamp) return cached
    const bytes = await disk.read(file)
    if (bytes === undefined) return undefined
    const opened = await open(bytes)
    // Kept only when the file was the same before and after: then the stamp is that of these bytes.
    if (stamp !== undefined && stamp === (await disk.stamp(file))) cached = { ...opened, stamp }
    return opened
  }

  async function open(bytes: Uint8Array): Promise<Opened> {
    const lines = parseLines(bytes, file)
    const crypt = cryptOf((await keys({ create: false })).key('store'), random)
    const document = openDocument(lines, crypt, file)
    await counter.check(document, file)
    return { document, crypt }
  }

  async function fresh(): Promise<Opened> {
    const crypt = cryptOf((await keys({ create: true })).key('store'), random)
    const store = Buffer.from(random(16)).toString('hex')
    const header = { store, key: crypt.mark, counter: 0, floor: 1 }
    return { document: { header, entries: new Map(), lines: new Map() }, crypt }
  }

  async function change<T>(act: (draft: Draft, crypt: Crypt) => T): Promise<T> {
    await disk.makeFolder(settings.folder)
    const release = await disk.lock(join(settings.folder, 'lock'), {
      owner: 'local store',
      waitMs: settings.lockWaitMs,
    })
    try {
      await disk.sweep(file)
      const bytes = await disk.read(file)
      const { document, crypt } = bytes === undefined ? await fresh() : await open(bytes)
      const draft = new Draft(document)
      const result = act(draft, crypt)
      if (draft.changed) await save(draft, crypt)
      return result
    } finally {
      await release()
    }
  }

  async function save(draft: Draft, crypt: Crypt): Promise<void> {
    const bytes = draft.bytes(crypt)
    if (bytes.byteLength > MAX_FILE_BYTES) throw full(file)
    cached = undefined
    await disk.replace(file, bytes)
    await counter.raise(draft)
  }

  return {
    file,
    look,
    change,
    forget: () => {
      cached = undefined
    },
  }
}

function full(file: string): Failure {
  return new Failure('VALUE_UNFIT', { target: file, why: `the store would be larger than ${MAX_FILE_BYTES} bytes` })
}

/** The highest counter seen, kept outside the store's folder. It is raised after the store: a crash between is harmless. */
function counterOf(path: string | undefined, disk: Disk) {
  async function check({ header }: Document, file: string): Promise<void> {
    if (path === undefined) return
    const text = await disk.read(path)
    if (text === undefined) return
    const [store, count] = Buffer.from(text).toString('utf8').trim().split(' ')
    if (store === header.store && header.counter >= Number(count)) return
    const why = store === header.store ? 'it is an older copy of the store' : 'another store stood here before'
    const hints = [{ what: 'where you put it back on purpose, remove the mark', command: `rm '${path}'` }]
    throw damaged(file, why, hints)
  }
  async function raise({ store, counter }: Draft): Promise<void> {
    if (path !== undefined) await disk.replace(path, Buffer.from(`${store} ${counter}\n`))
  }
  return { check, raise }
}
