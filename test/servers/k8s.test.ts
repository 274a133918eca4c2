import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SecretName, secretName } from '../../src/core/names.js'
import type { Provider, Write } from '../../src/core/ports.js'
import { SecretValue } from '../../src/core/secret.js'
import type { Settings } from '../../src/providers/description.js'
import { connect } from '../../src/providers/k8s/connect.js'
import { description } from '../../src/providers/k8s/description.js'
import { conformance, type Outside, type Subject } from '../support/conformance.js'
import { generated } from '../support/conformance-hostile.js'
import { server } from './support/env.js'
import { type Gate, openGate } from './vault-k8s-gate.js'
import { bare, manners, settingsOf } from './vault-k8s-run.js'

const WAIT = 120_000
const run = `k8s-${Date.now().toString(36)}`
const text = (value: string) => SecretValue.fromText(value)

/** kubectl, with nothing of ours between. */
async function kubectl(args: string[], input?: string): Promise<string> {
  const call = promisify(execFile)(server('TEST_KUBECTL'), ['--kubeconfig', server('TEST_KUBECONFIG'), ...args], {
    timeout: WAIT,
    maxBuffer: 64 * 1024 * 1024,
  })
  call.child.stdin?.end(input)
  return (await call).stdout
}

async function secretJson(name: string, namespace = 'default') {
  const said = await kubectl(['get', 'secret', name, '-n', namespace, '-o', 'json', '--ignore-not-found'])
  return said === '' ? undefined : JSON.parse(said)
}

const apply = (object: object) => kubectl(['create', '-f', '-'], JSON.stringify(object))
const secretOf = (name: string, data: Record<string, string>, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  ...more,
  metadata: { name, namespace: 'default', ...(more as { metadata?: object }).metadata },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
})
const patchData = (name: string, key: string, bytes: Uint8Array) => {
  const patch = JSON.stringify({ data: { [key]: Buffer.from(bytes).toString('base64') } })
  return kubectl(['patch', 'secret', name, '--type=merge', '-p', patch])
}

function outsideOf(secret: string): Outside {
  return {
    async write(name, bytes) {
      const there = await secretJson(secret)
      if (there === undefined) await apply(secretOf(secret, {}))
      await patchData(secret, name, bytes)
    },
    async read(name) {
      const data = (await secretJson(secret))?.data ?? {}
      return name in data ? Buffer.from(data[name], 'base64') : undefined
    },
  }
}

const roleFor = (account: string, rules: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${account}, namespace: default}
rules:
${rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${account}, namespace: default}
subjects: [{kind: ServiceAccount, name: ${account}, namespace: default}]
roleRef: {kind: Role, name: ${account}, apiGroup: rbac.authorization.k8s.io}
`

/** A kubeconfig that leads through a gate, as one of the users of the test cluster. */
function kubeconfig(address: string, token: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: address } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'ctx',
  })
}

const upstream = () => {
  const config = readFileSync(server('TEST_KUBECONFIG'), 'utf8')
  const of = (pattern: RegExp): string => pattern.exec(config)?.[1] ?? ''
  return { url: of(/server: "?(https:[^",}\s]+)/), ca: readFileSync(of(/certificate-authority: ([^,}\s]+)/)) }
}
const gateToCluster = () => openGate(upstream().url, { ca: upstream().ca })

const through = (address: string, secret: string, token = 'admin-token', more: Partial<Settings> = {}): Settings =>
  settingsOf(
    { KUBECONFIG: '/gate', K8S_SECRET_NAME: secret },
    { readFile: async () => Buffer.from(kubeconfig(address, token)), ...more },
  )

const open = async (): Promise<Subject> => {
  const gate = await gateToCluster()
  const down = await gateToCluster()
  const provider = await connect(through(gate.url, `${run}-conformance`), bare)
  const unreachable = await connect(through(down.url, `${run}-conformance`), bare)
  await down.close()
  return {
    provider,
    prefix: 'conformance-',
    outside: outsideOf(`${run}-conformance`),
    forbidden: await connect(through(gate.url, `${run}-conformance`, 'limited-token'), bare),
    unreachable,
    requests: gate.requests,
    largest: 900_000,
    cleanup: async () => {
      await gate.close()
      await kubectl(['delete', 'secret', `${run}-conformance`])
    },
  }
}

conformance('k8s', open, {
  traits: {
    id: 'k8s',
    binary: true,
    emptyValues: true,
    compareAndSet: 'service',
    labels: true,
    descriptions: true,
    writesOverDeleted: false,
  },
  abilities: ['label', 'writeMany', 'removeMany'],
})

describe('k8s on a real API server', () => {
  let gate: Gate
  beforeAll(async () => {
    gate = await gateToCluster()
  }, WAIT)
  afterAll(() => gate.close())

  const named = (count: number): SecretName[] =>
    Array.from({ length: count }, (_, at) => secretName(`name.${at}_${at}`))
  const writesOf = (names: readonly SecretName[], values: readonly SecretValue[]): Write[] =>
    names.map((name, at) => ({
      name,
      value: values[at]!,
      expect: 'absent',
      token: `run-${at}`,
      labels: { key: `K_${at}` },
    }))
  const opened = async (secret: string, more: Partial<Settings> = {}): Promise<Provider> =>
    connect(through(gate.url, `${run}-${secret}`, 'admin-token', more), bare)

  test(
    '1,000 hostile values are there in 4 requests with looking and proof, 0 bytes differ, a second run changes nothing',
    async () => {
      const provider = await opened('thousand')
      const names = named(1_000)
      const values = generated(1_000, 9, { nul: true })
      gate.reset()
      await provider.identity()
      await provider.readMany(names)
      await provider.writeMany!(writesOf(names, values))
      const found = await provider.readMany(names)
      expect([gate.requests(), gate.mutations()]).toEqual([4, 1])
      expect(found.size).toBe(1_000)
      const { data } = await secretJson(`${run}-thousand`)
      const differing = names.filter((name, at) => !Buffer.from(data[name], 'base64').equals(values[at]!.revealBytes()))
      expect(differing).toEqual([])
      gate.reset()
      await provider.writeMany!(writesOf(names, values))
      expect([gate.requests(), gate.mutations()]).toEqual([1, 0])
      await provider.close()
    },
    WAIT,
  )

  test(
    'where half of all requests are turned away, 500 of 500 arrive, each once',
    async () => {
      const provider = manners.wrap(await connect(through(gate.url, `${run}-throttled`), manners.ports))
      const names = named(500)
      const values = generated(500, 10, { nul: true })
      gate.throttle(0.5)
      gate.reset()
      try {
        for (let at = 0; at < 500; at += 25) await provider.writeMany!(writesOf(names, values).slice(at, at + 25))
        const found = await provider.readMany(names)
        expect(
          names.filter((name, at) => {
            const one = found.get(name)
            return one?.state === 'present' && one.value.equals(values[at]!)
          }).length,
        ).toBe(500)
      } finally {
        gate.throttle(0)
      }
      expect(gate.mutations()).toBe(20)
      expect(gate.turnedAway()).toBeGreaterThan(10)
      await provider.close()
    },
    WAIT,
  )

  test(
    'single writes at once all arrive, whatever order they come in',
    async () => {
      const [one, two] = [await opened('parallel'), await opened('parallel')]
      const names = named(20)
      const writes = names.map((name, at) =>
        (at % 2 ? one : two).write(name, text(name), { expect: 'absent', token: name }),
      )
      await Promise.all(writes)
      expect(Object.keys((await secretJson(`${run}-parallel`)).data).length).toBe(20)
    },
    WAIT,
  )

  test(
    'a conflict between look and write is looked at again: another key is kept, the same key is refused',
    async () => {
      const provider = await opened('conflict')
      const [mine, theirs] = [secretName('mine'), secretName('theirs')]
      const first = await provider.write(mine, text('1'), { expect: 'absent', token: 'a' })
      gate.beforeMutation(async () => void (await patchData(`${run}-conflict`, 'theirs', Buffer.from('x'))))
      const second = await provider.write(mine, text('2'), { expect: first, token: 'b' })
      expect((await provider.read(theirs)).state).toBe('present')
      gate.beforeMutation(async () => void (await patchData(`${run}-conflict`, 'mine', Buffer.from('x'))))
      await expect(provider.write(mine, text('3'), { expect: second, token: 'c' })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      expect(await provider.read(mine)).not.toHaveProperty('writtenBy')
    },
    WAIT,
  )

  test(
    'a Secret that somebody else creates at the same moment is written to',
    async () => {
      const provider = await opened('create')
      gate.beforeMutation(async () => void (await apply(secretOf(`${run}-create`, { theirs: 'x' }))))
      await provider.write(secretName('mine'), text('1'), { expect: 'absent', token: 'a' })
      expect(Object.keys((await secretJson(`${run}-create`)).data).sort()).toEqual(['mine', 'theirs'])
    },
    WAIT,
  )

  test(
    'a write whose answer is lost is told as written once',
    async () => {
      const provider = manners.wrap(await connect(through(gate.url, `${run}-lost`), manners.ports))
      await provider.write(secretName('a'), text('1'), { expect: 'absent', token: 'a' })
      gate.loseNextAnswer()
      const version = await provider.write(secretName('b'), text('2'), { expect: 'absent', token: 'b' })
      expect(await provider.read(secretName('b'))).toMatchObject({ state: 'present', version, writtenBy: 'b' })
    },
    WAIT,
  )

  test(
    'keys, labels, annotations and the type of others stay as they are',
    async () => {
      const more = { type: 'example.com/app', metadata: { labels: { team: 'a' }, annotations: { note: 'n' } } }
      await apply(secretOf(`${run}-others`, { 'their.key': 'theirs', mine: 'old' }, more))
      const provider = await opened('others')
      const found = await provider.read(secretName('mine'))
      if (found.state !== 'present') throw new Error(found.state)
      const next = await provider.write(secretName('mine'), text('new'), {
        expect: found.version,
        token: 't',
        labels: { a: 'b' },
      })
      await provider.remove(secretName('mine'), { expect: next })
      const secret = await secretJson(`${run}-others`)
      expect(secret).toMatchObject({
        type: 'example.com/app',
        metadata: { labels: { team: 'a' }, annotations: { note: 'n' } },
      })
      expect(secret.data).toEqual({ 'their.key': Buffer.from('theirs').toString('base64') })
      expect(secret.metadata.annotations['vibesecrets.dev/secrets']).toBe('{}')
    },
    WAIT,
  )

  test(
    'an immutable Secret is left alone, and said to be one',
    async () => {
      await apply(secretOf(`${run}-immutable`, { a: 'x' }, { immutable: true }))
      const provider = await opened('immutable')
      gate.reset()
      await expect(provider.write(secretName('b'), text('y'), { expect: 'absent', token: 't' })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
      })
      expect(gate.mutations()).toBe(0)
      expect((await provider.read(secretName('a'))).state).toBe('present')
    },
    WAIT,
  )

  test(
    '1 MiB in all is counted before the first write: exactly it fits, one byte more does not',
    async () => {
      const provider = await opened('limit')
      await provider.write(secretName('a'), text('x'.repeat(548_576)), { expect: 'absent', token: 'a' })
      gate.reset()
      const more = (bytes: number) =>
        provider.write(secretName('b'), text('y'.repeat(bytes)), { expect: 'absent', token: 'b' })
      await expect(more(500_001)).rejects.toMatchObject({ code: 'VALUE_UNFIT' })
      expect(gate.mutations()).toBe(0)
      await more(500_000)
      expect(gate.mutations()).toBe(1)
    },
    WAIT,
  )

  test(
    'an annotation that is full sheds its dates, and is refused when labels alone fill it',
    async () => {
      const provider = await opened('annotation')
      const names = Array.from({ length: 1_200 }, (_, at) => secretName(`n${at}`))
      const write =
        (size: number) =>
        (name: SecretName): Write => ({
          name,
          value: text('v'),
          expect: 'absent',
          token: name,
          labels: { k: 'x'.repeat(size) },
        })
      await expect(provider.writeMany!(names.map(write(256)))).rejects.toMatchObject({ code: 'VALUE_UNFIT' })
      expect(await secretJson(`${run}-annotation`)).toBeUndefined()
      await provider.writeMany!(names.map(write(152)))
      expect(await provider.read(secretName('n7'))).toMatchObject({ writtenBy: 'n7', labels: { k: 'x'.repeat(152) } })
    },
    WAIT,
  )

  test(
    'a missing namespace is said, and created when asked',
    async () => {
      const env = { KUBECONFIG: '/gate', K8S_SECRET_NAME: 's', K8S_SECRET_NAMESPACE: run }
      const provider = await opened('x', { env })
      expect((await provider.read(secretName('a'))).state).toBe('absent')
      const write = (one: Provider) => one.write(secretName('a'), text('y'), { expect: 'absent', token: 't' })
      await expect(write(provider)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
      await write(await opened('x', { env, options: { 'create-namespace': true } }))
      expect(Object.keys((await secretJson('s', run)).data)).toEqual(['a'])
      await kubectl(['delete', 'namespace', run, '--wait=false'])
    },
    WAIT,
  )

  test(
    'a context of a kubeconfig with a certificate authority, and an environment of its own',
    async () => {
      const settings = settingsOf(
        { KUBECONFIG: server('TEST_KUBECONFIG'), K8S_CONTEXT: 'admin', K8S_SECRET_NAME: run },
        { environment: 'staging' },
      )
      const provider = await connect(settings, bare)
      await provider.write(secretName('a'), text('y'), { expect: 'absent', token: 't' })
      expect(await provider.identity()).toBe(`${new URL(upstream().url).host} default/${run}-staging`)
      expect(Object.keys((await secretJson(`${run}-staging`)).data)).toEqual(['a'])
      await provider.close()
    },
    WAIT,
  )

  test(
    'a limited user reads and patches the one Secret of its Role, and hears which rule is missing elsewhere',
    async () => {
      const limited = (secret: string) => connect(through(gate.url, secret, 'limited-token'), bare)
      await apply(secretOf('vibebox-secrets', { a: 'x' })).catch(() => undefined)
      const allowed = await limited('vibebox-secrets')
      const key = secretName(run)
      const made = await allowed.write(key, text('v'), { expect: 'absent', token: 't' })
      await allowed.remove(key, { expect: made })
      const other = await limited(`${run}-other`)
      await expect(other.read(key)).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        details: {
          why: `no "get" on secrets/${run}-other in namespace default`,
          hints: [{ what: expect.stringContaining(`resourceNames: ["${run}-other"], verbs: ["get"]`) }],
        },
      })
    },
    WAIT,
  )

  test(
    'does each of its work with the rules that the description names for it, and no other',
    async () => {
      const secret = `${run}-exact`
      const granted = async (rules: readonly string[]): Promise<Provider> => {
        const account = `${run}-${++accounts}`
        const named = rules.map((one) => `  - ${one.replaceAll('vibebox-secrets', secret)}`).join('\n')
        await kubectl(['create', 'serviceaccount', account])
        await kubectl(['apply', '-f', '-'], roleFor(account, named))
        const token = (await kubectl(['create', 'token', account])).trim()
        return connect(through(gate.url, secret, token), bare)
      }
      let accounts = 0
      const { permissions } = description
      const name = secretName('a')
      const made = await (await granted(permissions.write)).write(name, text('1'), { expect: 'absent', token: 't' })
      expect((await (await granted(permissions.read)).read(name)).state).toBe('present')
      const listed = []
      for await (const one of (await granted(permissions.list)).list()) listed.push(one.name)
      expect(listed).toEqual([name])
      await (await granted(permissions.label!)).label!(name, { a: 'b' }, { expect: made })
      await expect((await granted(permissions.read)).remove(name, { expect: made })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      })
      await (await granted(permissions.remove)).remove(name, { expect: made })
      expect((await (await granted(permissions.read)).read(name)).state).toBe('absent')
    },
    WAIT,
  )

  test(
    'a wrong token is told as such',
    async () => {
      const provider = await connect(through(gate.url, `${run}-x`, 'canary-token'), bare)
      const failure = await provider.read(secretName('a')).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(JSON.stringify((failure as { details: object }).details)).not.toContain('canary')
    },
    WAIT,
  )

  test.each([
    [503, '<html>unavailable</html>', 'UNAVAILABLE'],
    [404, '404 page not found', 'PROTOCOL'],
    [200, '<html>welcome</html>', 'PROTOCOL'],
    [307, '', 'PROTOCOL'],
    [200, '{"kind":"Status","status":"Success"}', 'PROTOCOL'],
    [200, '', 'PROTOCOL'],
    [500, '{"kind":"Status","reason":"InternalError"}', 'UNAVAILABLE'],
  ])(
    'an answer %i %s is a doubt, never an absence',
    async (status, body, code) => {
      const provider = await opened('x')
      const type = body.startsWith('{') ? 'application/json' : 'text/html'
      gate.answer({ status, body, headers: { Location: upstream().url, 'Content-Type': type } })
      const failure = await provider.read(secretName('a')).catch((error: unknown) => error)
      gate.answer()
      expect(failure).toMatchObject({ code })
    },
    WAIT,
  )
})
