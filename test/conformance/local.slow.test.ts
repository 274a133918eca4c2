import { conformance } from '../support/conformance.js'
import { memoryAbilities, outsideOf } from '../support/conformance-memory.js'
import { localWorld } from '../support/local-store.js'

conformance(
  'local',
  async () => {
    const world = await localWorld()
    return {
      provider: await world.open(),
      prefix: 'vibebox/',
      outside: outsideOf(await world.open()),
      largest: 65_536,
      cleanup: async () => {},
    }
  },
  {
    traits: { id: 'local', compareAndSet: 'service', emptyValues: true, binary: true, writesOverDeleted: true },
    abilities: memoryAbilities.filter((ability) => ability !== 'readEach'),
  },
)
