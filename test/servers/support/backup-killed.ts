import { spawn } from 'node:child_process'
import { builtProgram, cleanEnv } from '../../support/cli.js'
import type { BackupProxy } from './backup-proxy.js'

/** Runs the program until the proxy holds one of its requests, and kills it there. `false`: it ended before. */
export async function killedAt(
  proxy: BackupProxy,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<boolean> {
  const held = proxy.held()
  const [node = '', ...program] = builtProgram()
  const child = spawn(node, [...program, ...args], { cwd, env: { ...cleanEnv(cwd), ...env }, stdio: 'ignore' })
  const ended = new Promise<void>((go) => child.on('close', () => go()))
  const wasHeld = await Promise.race([held.then(() => true), ended.then(() => false)])
  child.kill('SIGKILL')
  await ended
  proxy.hold(() => 'pass')
  return wasHeld
}
