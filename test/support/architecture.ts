import type { Import, Source } from './source.js'

/** What the files of one area may import. `own` are areas, `packages` names; an area may always import itself. */
interface Rule {
  readonly own: readonly string[]
  readonly packages: readonly string[]
  /** `any` module of Node, or those named. */
  readonly node: 'any' | readonly string[]
  /** Only as types. */
  readonly types?: readonly string[]
  /** Heavy packages: as types, or when they are used (`import()`). */
  readonly lazy?: readonly string[]
}

const PURE = ['node:buffer', 'node:crypto', 'node:util'] as const

const PROVIDERS = ['aws', 'gcp', 'azure', 'vault', 'k8s', 'local', 'env', 'memory']

/** Data about a provider, without the provider. */
const DESCRIPTIONS = ['providers/description', ...PROVIDERS.map((id) => `providers/${id}/description`)]

/** What the places where the pieces meet may use: everything but the flows, which they serve. */
const COMPOSED = [
  'app',
  'connect',
  'core',
  'dotenv',
  'engine',
  'providers',
  'targets',
  'rotation',
  'backup',
  'audit',
  'system',
  'ui',
  'config',
  'version',
]

/** An area is a folder below src, a file in it, or a top-level folder; the longest name that fits counts. */
const rules: Readonly<Record<string, Rule>> = {
  bin: { own: ['main', 'commands'], packages: [], node: 'any' },
  commands: {
    own: ['flows', 'core', 'dotenv', 'config', 'exits', 'ui', 'version'],
    types: ['app', 'engine', 'providers', 'targets', 'rotation', 'backup', 'audit', 'system', 'program'],
    packages: ['picomatch'],
    lazy: ['commander'],
    node: ['node:path'],
  },
  main: {
    own: ['commands', 'exits', 'app', 'program', 'help', 'ui', 'core', 'config', 'version'],
    packages: ['commander'],
    node: [],
  },
  help: {
    own: ['commands', 'program', 'config', 'exits', 'core', 'ui', 'version'],
    types: ['main'],
    packages: ['commander'],
    node: [],
  },
  program: {
    own: ['commands', 'exits', 'app', 'help', 'ui', 'core', 'config', 'version'],
    types: ['main'],
    packages: ['commander'],
    node: [],
  },
  run: {
    own: ['commands', 'exits', 'app', 'program', 'ui', 'core', 'config', 'version'],
    packages: ['commander'],
    node: [],
  },
  exits: { own: ['core'], packages: [], node: [] },
  version: { own: [], packages: [], node: [] },
  app: { own: COMPOSED, types: ['flows', 'main'], packages: [], node: 'any' },
  connect: { own: COMPOSED, types: ['flows', 'main'], packages: [], node: 'any' },
  index: {
    own: ['flows', 'core', 'manager', 'providers/index', 'dotenv'],
    types: ['providers'],
    packages: [],
    node: [],
  },
  manager: { own: ['core', 'flows', 'providers/index', 'config', 'connect'], packages: [], node: [] },
  config: { own: ['core', ...DESCRIPTIONS], packages: ['picomatch'], lazy: ['yaml', 'ajv'], node: ['node:path'] },
  flows: {
    own: ['core', 'dotenv', 'rotation', 'engine', 'backup'],
    types: ['config', 'audit'],
    packages: ['picomatch'],
    node: [...PURE, 'node:path'],
  },
  engine: { own: ['core', 'dotenv', 'backup'], packages: [], node: PURE },
  dotenv: { own: ['core'], packages: ['picomatch'], node: [...PURE, 'node:path'] },
  rotation: { own: ['core'], packages: [], node: PURE },
  backup: { own: ['core'], packages: [], lazy: ['age-encryption', '@aws-sdk/client-s3'], node: 'any' },
  audit: { own: ['core'], packages: [], node: 'any' },
  system: { own: ['core'], packages: [], lazy: ['@napi-rs/keyring'], node: 'any' },
  ui: {
    own: ['core'],
    packages: ['chalk'],
    lazy: ['ora', 'inquirer'],
    node: [...PURE, 'node:tty', 'node:path', 'node:os'],
  },
  core: { own: [], packages: [], node: PURE },
  providers: {
    own: ['core'],
    types: ['system'],
    packages: [],
    lazy: [
      '@aws-sdk/client-secrets-manager',
      '@google-cloud/secret-manager',
      '@grpc/grpc-js',
      'google-gax',
      'google-auth-library',
      '@azure/keyvault-secrets',
      '@azure/identity',
      '@kubernetes/client-node',
      'node-vault',
      'hpagent',
    ],
    node: 'any',
  },
  'providers/env': { own: ['core', 'dotenv', 'providers'], types: ['system'], packages: [], node: 'any' },
  targets: {
    own: ['core'],
    types: ['system'],
    packages: [],
    lazy: ['pg', 'mysql2', '@kubernetes/client-node'],
    node: 'any',
  },
}

/** The only files that may let a value out. Each stands on the line that hands it over. */
export const MAY_REVEAL = [
  /^src\/core\//,
  /^src\/providers\//,
  /^src\/targets\//,
  /^src\/backup\//,
  /^src\/rotation\//,
  /^src\/dotenv\//,
  /^src\/config\//,
  /^src\/system\/(?:passphrase|keys|keyring|spawn|key-file)/,
  /^src\/engine\/(?:journal|staging|bundle|ops\/)/,
  /^src\/(?:app|connect)\.ts$/,
  /^src\/flows\/(?:get|set|validate|migrate|copy|diff|explain|run|rotate|backup|restore|rollback|env-input)/,
  /^src\/ui\/(?:redact|forms|prompt|output)/,
  /^src\/manager/,
  /^commands\/(?:get|run|explain)/,
]

/** Each pattern, and the files that may hold it. */
export const places: readonly { readonly what: string; readonly pattern: RegExp; readonly only: RegExp }[] = [
  { what: 'process', pattern: /(?<![.\w'-])process\s*(?:\.|\[)|globalThis\.process/, only: /^bin\// },
  { what: 'console', pattern: /(?<![.\w])console\s*\./, only: /^(?!)/ },
  { what: 'Math.random', pattern: /Math\.random/, only: /^src\/system\/random/ },
  { what: 'the clock', pattern: /Date\.now|new Date\(\s*\)|performance\.now/, only: /^src\/system\// },
  { what: 'a default export', pattern: /export default/, only: /^(?!)/ },
]

export const NAMES_A_PROVIDER = new RegExp(
  `(?:[!=]==\\s*|case )'(?:${PROVIDERS.filter((id) => id !== 'env').join('|')})'`,
)

/** `src/providers/aws/client.ts` → `providers/aws/client`. */
function nameOf(path: string): string {
  return path.replace(/^src\//, '').replace(/\.ts$/, '')
}

function areaOf(path: string): string | undefined {
  const parts = nameOf(path).split('/')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/')).find((name) => name in rules)
}

/** Undefined for a file that no area holds. */
export function ruleOf(path: string): Rule | undefined {
  const area = areaOf(path)
  return area === undefined ? undefined : rules[area]
}

/** The imports that the file's area may not have. */
export function wrongImports(source: Source): string[] {
  const rule = ruleOf(source.path)
  if (rule === undefined) return []
  return source.imports
    .filter((each) => !(each.isOwn ? mayImportOwn(source.path, rule, each) : mayImportPackage(rule, each)))
    .map((each) => `${source.path} → ${each.target}${each.kind === 'value' ? '' : ` (${each.kind})`}`)
}

function mayImportOwn(path: string, rule: Rule, { target, kind }: Import): boolean {
  const names = [areaOf(path)?.split('/')[0] ?? '', ...rule.own, ...(kind === 'type' ? (rule.types ?? []) : [])]
  const name = nameOf(target)
  return names.some((each) => name === each || name.startsWith(`${each}/`))
}

function mayImportPackage(rule: Rule, { target, kind }: Import): boolean {
  if (target.startsWith('node:')) return rule.node === 'any' || rule.node.includes(target)
  return rule.packages.includes(target) || (kind !== 'value' && (rule.lazy ?? []).includes(target))
}

/** What a provider's file takes from another provider. */
export function foreignProviders(source: Source): string[] {
  const own = providerOf(source.path)
  if (own === undefined) return []
  return source.imports
    .filter((each) => each.isOwn && ![undefined, own].includes(providerOf(each.target)))
    .map((each) => `${source.path} → ${each.target}`)
}

function providerOf(path: string): string | undefined {
  const name = /^providers\/([^/]+)/.exec(nameOf(path))?.[1]
  return name !== undefined && PROVIDERS.includes(name) ? name : undefined
}
