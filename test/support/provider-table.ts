import type { Traits } from '../../src/core/ports.js'
import { traits as aws } from '../../src/providers/aws/traits.js'
import { traits as azure } from '../../src/providers/azure/traits.js'
import type { Description } from '../../src/providers/description.js'
import { traits as env } from '../../src/providers/env/connect.js'
import { traits as gcp } from '../../src/providers/gcp/traits.js'
import { descriptions } from '../../src/providers/index.js'
import { traitsOf as k8s } from '../../src/providers/k8s/traits.js'
import { traits as local } from '../../src/providers/local/connect.js'
import { traitsOf as vault } from '../../src/providers/vault/traits.js'

/** Each provider's description with its traits; Vault twice, since its two engines differ. */
const rows: readonly { readonly label: string; readonly description: Description; readonly traits: Traits }[] = [
  { label: '`aws`', description: descriptions.aws, traits: aws },
  { label: '`gcp`', description: descriptions.gcp, traits: gcp },
  { label: '`azure`', description: descriptions.azure, traits: azure },
  { label: '`vault` (KV v2)', description: descriptions.vault, traits: vault(2, true, true) },
  { label: '`vault` (KV v1)', description: descriptions.vault, traits: vault(1, true, true) },
  { label: '`k8s`', description: descriptions.k8s, traits: k8s(true) },
  { label: '`local`', description: descriptions.local, traits: local },
  { label: '`env`', description: descriptions.env, traits: env },
]

const columns: readonly (readonly [string, (row: (typeof rows)[number]) => string])[] = [
  ['provider', ({ label, description }) => `${label} ${description.title}`],
  ['versions', ({ description }) => description.keeps.versions],
  ['deleted secrets come back', ({ description }) => description.keeps.deleted],
  [
    'compare-and-set',
    ({ traits }) => (traits.compareAndSet === 'service' ? 'by the service' : 'reads first; a race remains'),
  ],
  ['labels', ({ traits }) => (traits.labels ? 'yes' : 'no')],
  ['largest value', ({ traits }) => `${grouped(traits.maxBytes)} bytes`],
  ['empty, binary', ({ traits }) => `${traits.emptyValues ? 'yes' : 'no'}, ${traits.binary ? 'yes' : 'no'}`],
  ['requests to read 1,000', ({ description }) => description.keeps.thousandReads],
  ['prefix', ({ description }) => (description.defaultPrefix === '' ? 'none' : `\`${description.defaultPrefix}\``)],
]

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** README's table of providers. */
export function providerTable(): string {
  const head = columns.map(([title]) => title)
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map((row) => line(columns.map(([, cell]) => cell(row)))),
  ].join('\n')
}

/** docs/providers.md: variables, options, permissions and remarks of each. */
export function providerPages(): string {
  const pages = Object.values(descriptions).map(page)
  return `# Providers\n\nMade from each provider's description by a test (\`UPDATE_EXPECT=1\` rewrites it). \`vibesecrets doctor --permissions <provider>\` prints the least policy that each command needs, ready for the service's own tools.\n\n${pages.join('\n\n')}\n`
}

function page({ id, title, variables, options, permissions, remarks }: Description): string {
  const abilities = Object.entries(permissions).filter(([, all]) => all.length > 0)
  return [
    `## ${title} (\`${id}\`)`,
    ...(variables.length === 0
      ? []
      : [
          list(
            ['variable', 'meaning'],
            variables.map((one) => [
              `\`${one.name}\``,
              `${one.meaning}${one.default === undefined ? '' : ` (default \`${one.default}\`)`}`,
            ]),
          ),
        ]),
    ...(options.length === 0
      ? []
      : [
          list(
            [`\`providers.${id}\` in vibesecrets.yaml`, 'meaning'],
            options.map((one) => [`\`${one.key}\``, one.meaning]),
          ),
        ]),
    ...(abilities.length === 0
      ? []
      : [
          list(
            ['to', 'permission'],
            abilities.map(([ability, all]) => [ability, all.map((one: string) => `\`${one}\``).join('<br>')]),
          ),
        ]),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${remark}`).join('\n')]),
  ].join('\n\n')
}

const list = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
