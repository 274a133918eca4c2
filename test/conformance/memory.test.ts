import { sidecarStaging } from '../../src/engine/staging.js'
import { conformance } from '../support/conformance.js'
import { memoryAbilities, openMemory } from '../support/conformance-memory.js'

conformance('memory', () => openMemory(), {
  traits: { id: 'memory', writable: true, compareAndSet: 'service', labels: true, descriptions: true },
  abilities: memoryAbilities,
})

const everything = [
  'undelete',
  'versions',
  'label',
  'writeMany',
  'removeMany',
  'readEach',
  'destroyOldVersions',
  'staging',
] as const
const poor = {
  traits: {
    compareAndSet: 'read-first',
    labels: false,
    descriptions: false,
    binary: false,
    emptyValues: false,
    writesOverDeleted: false,
    maxBytes: 25_600,
    names: { pattern: /^[a-z0-9/-]+$/, caseSensitive: true, maxLength: 127 },
  },
} as const

conformance('memory that can do nothing', () => openMemory({ ...poor, lacks: everything }), {
  traits: poor.traits,
  abilities: [],
})

conformance(
  'memory with staging beside it',
  () => openMemory({ lacks: ['staging'] }, (provider) => ({ ...provider, staging: sidecarStaging(provider) })),
  { traits: { labels: true }, abilities: memoryAbilities },
)
