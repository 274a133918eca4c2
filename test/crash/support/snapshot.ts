import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Provider } from '../../../src/core/ports.js'
import { createRuns, type RunRecord } from '../../../src/engine/runs.js'
import { folderAt } from '../../../src/engine/store.js'
import { connect } from '../../../src/providers/local/connect.js'
import { systemDisk } from '../../../src/system/disk.js'
import * as files from '../../../src/system/files.js'
import { hostFacts } from '../../../src/system/host.js'
import { openKeys } from '../../../src/system/keys.js'
import { systemRandom } from '../../../src/system/random.js'
import { standingClock } from '../../support/local-store.js'
import type { Lane } from './lane.js'

/** What a lane holds, in words: the files of the working folder and the secrets of the store. */
export interface Snapshot {
  readonly files: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
  /** The values that can be read, from the store or from a file. */
  readonly texts: string
}

/** Throws where the store does not open: nothing may ever leave it so. */
export async function snapshotOf(lane: Lane): Promise<Snapshot> {
  const found = filesBelow(lane.work).filter((path) => !isLeftover(path))
  const texts = found.map((path) => readFileSync(path, 'utf8'))
  const entries = found.map((path, index) => [
    path.slice(lane.work.length + 1),
    `${(statSync(path).mode & 0o7777).toString(8)} ${texts[index]}`,
  ])
  const secrets = await secretsOf(lane)
  return { files: Object.fromEntries(entries), secrets, texts: [...texts, ...Object.values(secrets)].join('\n') }
}

async function secretsOf(lane: Lane): Promise<Record<string, string>> {
  if (!filesBelow(join(lane.state, 'store')).some((path) => path.endsWith('/secrets.jsonl'))) return {}
  const store = await openStore(lane)
  const secrets: Record<string, string> = {}
  for await (const { name, state, version } of store.list()) {
    const there = await store.read(name)
    const value = there.state === 'present' ? there.value.reveal() : ''
    const facts = there.state === 'present' ? JSON.stringify([there.labels, there.description]) : ''
    let count = 0
    for await (const _ of store.versions?.(name) ?? []) count++
    secrets[name] = `${state} ${value} (version ${version} of ${count}) ${facts}`
  }
  return secrets
}

async function openStore(lane: Lane): Promise<Provider> {
  const clock = standingClock(new Date().toISOString())
  const configHome = join(lane.home, '.config/vibesecrets')
  const options = { configHome, saltFile: join(lane.state, 'key.salt'), create: false }
  const disk = systemDisk({ clock, host: await hostFacts(process.pid) })
  const keys = () => openKeys(options, systemRandom)
  return connect({ folder: join(lane.state, 'store') }, { clock, random: systemRandom, keys, disk })
}

/** The recorded runs, newest first. */
export async function runsOf(lane: Lane): Promise<readonly RunRecord[]> {
  const noKey = () => Promise.reject(new Error('no value is asked for'))
  return createRuns(folderAt(lane.state, files), noKey, systemRandom).list()
}

/** Every file and folder of a lane with its content: nothing changed when this is the same. */
export function treeOf(lane: Lane): readonly string[] {
  return walk(lane.folder).map((path) => {
    const { mode } = statSync(path)
    return `${path} ${mode.toString(8)} ${statSync(path).isFile() ? readFileSync(path, 'base64') : ''}`
  })
}

/**
 * Temporary files that a killed program left, the next ones did not clear up, and that hold a value or are open to
 * others. (A dead program's lock may stay: whoever needs it takes it.)
 */
export const harmfulLeftovers = (lane: Lane, values: readonly string[]): readonly string[] =>
  filesBelow(lane.folder)
    .filter((path) => path.includes('.tmp'))
    .filter((path) => isForOthers(path, lane) || values.some((value) => readFileSync(path, 'utf8').includes(value)))
    .map((path) => path.slice(lane.folder.length + 1))

/** Beside the user's file its mode is that of the file. */
const isForOthers = (path: string, lane: Lane): boolean =>
  !path.startsWith(lane.work) && (statSync(path).mode & 0o077) !== 0

/** Temporary files beside those of the user. */
export const litter = (lane: Lane): readonly string[] => readdirSync(lane.work).filter(isLeftover)

const isLeftover = (path: string): boolean => path.endsWith('.tmp')

const filesBelow = (folder: string): readonly string[] => walk(folder).filter((path) => statSync(path).isFile())

function walk(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
