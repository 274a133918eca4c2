import { describe, expect, test } from '@jest/globals'
import { SecretValue } from '../../../src/core/secret.js'
import { run } from '../../../src/system/spawn.js'
import { commandHook } from '../../../src/targets/command.js'

const ports = { run, env: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 30_000 }
const call = { event: 'rotated', facts: { secret: 'api-key' }, values: { next: SecretValue.fromText('canary-value') } }
const node = (script: string) => commandHook([process.execPath, '-e', script], ports)

describe('a program of the user', () => {
  test('gets event and values on its input, not in argv or environment, and its output is a value', async () => {
    const { stdout } = await node(
      'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>console.log(s+JSON.stringify([process.argv,process.env])))',
    ).call(call)
    const [event, value, rest] = stdout.reveal().trim().split('\n')
    expect([event, value].map((line) => JSON.parse(line ?? ''))).toEqual([
      { event: 'rotated', secret: 'api-key' },
      { name: 'next', value: 'canary-value' },
    ])
    expect(rest).not.toContain('canary-value')
  })
  test('that fails is not confirmed, and its last words hide the value', async () => {
    const failed = node('process.stdin.resume();console.error("no\\nbad canary-value");process.exitCode=3').call(call)
    await expect(failed).rejects.toMatchObject({
      code: 'NOT_CONFIRMED',
      details: { why: 'it ended with 3: bad [secret]' },
    })
  })
  test('no shell reads its arguments', async () => {
    const hook = commandHook([process.execPath, '-p', 'process.argv[1]', '$(id);`id`'], ports)
    expect((await hook.call(call)).stdout.reveal().trim()).toBe('$(id);`id`')
  })
})
