import type { ProviderId } from '../core/ports.js'
import { description as aws } from './aws/description.js'
import { description as azure } from './azure/description.js'
import type { Connect, Description } from './description.js'
import { description as env } from './env/description.js'
import { description as gcp } from './gcp/description.js'
import { description as k8s } from './k8s/description.js'
import { description as local } from './local/description.js'
import { description as vault } from './vault/description.js'

/** The services behind a network. The SDK of one loads when it is connected to. */
export const services = {
  aws: { description: aws, load: () => import('./aws/connect.js') },
  gcp: { description: gcp, load: () => import('./gcp/connect.js') },
  azure: { description: azure, load: () => import('./azure/connect.js') },
  vault: { description: vault, load: () => import('./vault/connect.js') },
  k8s: { description: k8s, load: () => import('./k8s/connect.js') },
} as const satisfies Record<string, { description: Description; load: () => Promise<{ connect: Connect }> }>

/** All that can be named on the command line. */
export const descriptions: Readonly<Record<Exclude<ProviderId, 'memory'>, Description>> = {
  aws,
  gcp,
  azure,
  vault,
  k8s,
  env,
  local,
}
