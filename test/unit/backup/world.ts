import type { Provider } from '../../../src/core/ports.js'
import { createRuns } from '../../../src/engine/runs.js'
import { type BackupRequest, backup } from '../../../src/flows/backup.js'
import type { Context } from '../../../src/flows/context.js'
import { perform } from '../../../src/flows/perform.js'
import { planRestore, type RestoreRequest } from '../../../src/flows/restore.js'
import { type LoadRequest, loadBackup } from '../../../src/flows/restore-input.js'
import { systemRandom } from '../../../src/system/random.js'
import { memoryFolder } from '../../support/folder.js'
import { KEY, N, V } from '../../support/world.js'
import { type MemoryHost, pair } from './support.js'

/** Time goes on by itself, a second a look. */
const ticking = () => {
  let now = Date.parse('2026-01-02T03:04:05.000Z')
  const pass = (ms: number): Date => {
    now += ms
    return new Date(now)
  }
  return { now: () => pass(1000), sleep: async (ms: number) => void pass(ms) }
}

export async function contextOf(provider: Provider): Promise<Context> {
  const folder = memoryFolder()
  return {
    provider,
    identity: await provider.identity(),
    prefix: '',
    fingerprintKey: KEY,
    clock: ticking(),
    random: systemRandom,
    sink: { emit: async () => {} },
    files: { read: async () => undefined, replace: async () => {} },
    runs: createRuns(folder, async () => KEY, systemRandom),
    concurrency: 4,
    locked: async (work) => await work(),
  }
}

let writes = 0

/** Writes each value as a version of its own. */
export async function put(provider: Provider, name: string, ...texts: (string | Uint8Array)[]): Promise<void> {
  for (const text of texts) {
    const now = await provider.read(N(name))
    const value =
      typeof text === 'string' ? V(text) : (await import('../../../src/core/secret.js')).SecretValue.fromBytes(text)
    const expect = now.state === 'present' ? now.version : now.state
    await provider.write(N(name), value, {
      expect,
      token: `put-${name}-${String(writes++)}-${texts.indexOf(text)}`,
      labels: { key: name.toUpperCase() },
      description: `about ${name}`,
    })
  }
}

/** What is there, with every version from the oldest on. */
export async function everything(provider: Provider): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for await (const { name, state } of provider.list()) {
    if (state !== 'present') continue
    const values: string[] = []
    if (provider.versions === undefined) values.push(textOf(await provider.read(name)))
    else
      for await (const { version } of provider.versions(name))
        values.unshift(textOf(await provider.read(name, version)))
    found[name] = values
  }
  return found
}

const textOf = (found: Awaited<ReturnType<Provider['read']>>): string =>
  found.state === 'present' ? Buffer.from(found.value.revealBytes()).toString('hex') : found.state

export const keyPair = await pair()

export async function backupOf(
  provider: Provider,
  host: MemoryHost,
  more: Partial<BackupRequest> = {},
  context?: Context,
) {
  const sink = await host.sink('b/')
  const request = {
    to: { recipients: [keyPair.recipient] },
    sink,
    replace: false,
    wants: () => true,
    include: [],
    exclude: [],
    allVersions: true,
    ...more,
  }
  return await backup(request, context ?? (await contextOf(provider)), host)
}

/** The newest file of the host's place, or one of it. */
export async function loaded(host: MemoryHost, name: string, more: Partial<LoadRequest> = {}) {
  const found = { ...host, sink: async () => await host.sink('b/') }
  return await loadBackup(
    { what: `s3://b/${name}`, keys: keyPair, wants: () => true, allVersions: true, ...more },
    found,
  )
}

export async function restored(request: Partial<RestoreRequest> & Pick<RestoreRequest, 'loaded'>, context: Context) {
  const plan = await planRestore({ onConflict: 'fail', names: new Map(), allVersions: true, ...request }, context)
  if (plan.plan.stages.length > 0) await perform(plan, context)
  return plan
}
