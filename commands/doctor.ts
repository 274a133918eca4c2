import type { App } from '../src/app.js'
import { abilities, examineProvider, type Finding } from '../src/flows/doctor.js'
import { explain } from '../src/ui/failures.js'
import { renderSteps, type StepLine } from '../src/ui/reports/plan.js'
import { readInputsIfAny } from './inputs.js'
import { takeArgs } from './shared.js'

/** Whether everything that the commands rely on is there. Makes no change. */
export async function run(app: App, args: readonly string[]): Promise<number> {
  takeArgs(args, [], 0, 'doctor')
  if (app.config.options.permissions === true) return await printPolicies(app)
  const findings = [
    ...here(app),
    ...(await machine(app)),
    ...(await file(app)),
    ...(await examineProvider(async () => (await app.open({ readOnly: true })).context.provider)),
  ]
  if (app.isJson)
    await app.out.json({
      schema: 'vibesecrets/doctor@1',
      target: { provider: app.config.provider },
      items: findings.map(({ what, state, why, failure }) => ({
        what,
        state,
        why,
        ...(failure === undefined ? {} : { code: failure.code }),
      })),
      summary: { good: count(findings, 'good'), bad: count(findings, 'bad'), unsure: count(findings, 'unsure') },
    })
  else await app.out.result(`${renderSteps(findings.map(lineOf), app.out.width)}\n\n${verdict(findings)}`)
  return exitOf(findings)
}

const count = (findings: readonly Finding[], state: Finding['state']): number =>
  findings.filter((one) => one.state === state).length

/** "Could not find out" is not "nothing is wrong". */
function verdict(findings: readonly Finding[]): string {
  const failed = findings.filter(({ state, failure }) => state === 'unsure' && failure !== undefined).length
  const parts = [
    ...(count(findings, 'bad') > 0 ? [`${count(findings, 'bad')} wrong`] : []),
    ...(failed > 0 ? [`${failed} could not be checked`] : []),
  ]
  return parts.join(', ') || 'nothing is wrong'
}

/** The provider's failure says most; else 3 where something is wrong. */
function exitOf(findings: readonly Finding[]): number {
  const failed = findings.find(({ failure }) => failure !== undefined)?.failure
  return failed?.exit ?? (count(findings, 'bad') > 0 ? 3 : 0)
}

const signs = { good: '✔', bad: '✘', unsure: '?' } as const

const lineOf = ({ what, state, why, failure, hint }: Finding): StepLine => ({
  sign: signs[state],
  what,
  why: [
    failure === undefined ? why : (explain(failure).why[0] ?? why),
    ...(hint?.command === undefined ? [] : [`${hint.what}: ${hint.command}`]),
  ].join(' · '),
})

function here(app: App): Finding[] {
  const node = app.machine.nodeVersion
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const isNew = major > 20 || (major === 20 && minor >= 19)
  return [
    { what: 'Node', state: isNew ? 'good' : 'bad', why: isNew ? node : `${node}: 20.19 or newer is needed` },
    { what: 'config', state: 'good', why: app.config.file ?? 'no vibesecrets.yaml, which is fine' },
  ]
}

/** Folders and the key that hold what must stay this user's own. */
async function machine(app: App): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [what, path, mode] of [
    ['state folder', app.machine.stateDir, 0o077],
    ['key file', app.machine.keyFile, 0o077],
  ] as const) {
    const facts = await app.machine.statFile(path)
    if (facts === undefined) findings.push({ what, state: 'good', why: `${path}: not there yet, made on first use` })
    else if ((facts.mode & mode) === 0) findings.push({ what, state: 'good', why: path })
    else
      findings.push({
        what,
        state: 'bad',
        why: `${path} can be read by others`,
        hint: { what: 'close it', command: `chmod go-rwx ${path}` },
      })
  }
  const open = (await (await app.runs()).list()).filter(({ state }) => state === 'open')
  findings.push(
    open.length === 0
      ? { what: 'runs', state: 'good', why: 'nothing is unfinished' }
      : {
          what: 'runs',
          state: 'bad',
          why: `unfinished: ${open.map(({ id }) => id).join(', ')}`,
          hint: { what: 'see them', command: 'vibesecrets status' },
        },
  )
  return findings
}

/** References that some reader of the file would not take literally. */
async function file(app: App): Promise<Finding[]> {
  const inputs = await readInputsIfAny(app)
  return inputs.flatMap(({ source, looseReferences: loose }): Finding[] => {
    return loose.length === 0
      ? [{ what: source.shown, state: 'good', why: 'every reference is read literally' }]
      : [
          {
            what: source.shown,
            state: 'bad',
            why: `line ${loose.map(({ line }) => line).join(', ')}: a reference outside single quotes, which Docker Compose refuses and a shell empties`,
          },
        ]
  })
}

async function printPolicies(app: App): Promise<number> {
  const commands = Object.keys(abilities) as (keyof typeof abilities)[]
  const policies = commands.map((command) => ({ command, policy: app.policyOf(abilities[command]) }))
  if (app.isJson) {
    await app.out.json({
      schema: 'vibesecrets/permissions@1',
      target: { provider: app.config.provider },
      items: policies,
      summary: { commands: policies.length },
    })
    return 0
  }
  const groups = new Map<string, string[]>()
  for (const { command, policy } of policies) groups.set(policy, [...(groups.get(policy) ?? []), command])
  await app.out.result([...groups].map(([policy, names]) => `# ${names.join(', ')}\n${policy}`).join('\n\n'))
  return 0
}
