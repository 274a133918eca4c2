import { runScripts, type Variant } from '../support/txtar.js'
import { type Kind, kinds, type PlaceName, placeNames, serviceOf } from './support/places.js'

/** Each script once at each place. `store` is the place, seen through the service's own client. */
const variants: Record<string, Variant> = Object.fromEntries(
  placeNames.map((name) => {
    const kind: Kind = kinds[name]
    const variant = {
      env: { PROVIDER: kind.provider },
      services: { store: serviceOf(name) },
      conditions: kind.conditions,
    }
    return [name, variant]
  }),
)
runScripts('test/servers/cli', { variants })

/** Between two of them. */
runScripts('test/servers/cli/between', {
  variants: {
    'vault to aws': between('vault-kv2', 'aws-moto'),
    'k8s to azure': between('k8s', 'azure'),
    'gcp to local': between('gcp', 'local'),
    'local to vault-kv1': between('local', 'vault-kv1'),
    'azure to vault-kv1': between('azure', 'vault-kv1'),
  },
})

function between(from: PlaceName, to: PlaceName): Variant {
  const [source, target]: Kind[] = [kinds[from], kinds[to]]
  const lost = ['versions', 'labels', 'soft-delete'].filter((one) => source?.conditions.includes(one))
  return {
    env: { FROM: source?.provider ?? '', TO: target?.provider ?? '' },
    services: { from: serviceOf(from), to: serviceOf(to) },
    conditions: [
      ...(lost.includes('versions') ? ['loses-versions'] : []),
      ...(lost.includes('soft-delete') ? ['loses-deleted'] : []),
      ...(lost.includes('labels') && target?.conditions.includes('labels') === false ? ['loses-labels'] : []),
    ],
  }
}
