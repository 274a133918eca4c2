/** Modules of Node that take milliseconds to load and that most commands never use. */
const COSTLY = [
  'child_process',
  'crypto',
  'dns',
  'fs/promises',
  'http',
  'https',
  'http2',
  'net',
  'readline',
  'tls',
  'worker_threads',
  'zlib',
]
const filter = new RegExp(`^(?:node:)?(?:${COSTLY.join('|')})$`)

/**
 * Loads costly modules of Node at their first use. A program that only prints its help then pays for none of them.
 * Only for our own code and commander: libraries may do more to a module than read its members.
 */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter }, ({ path, importer, namespace }) => {
      const isOurs = !importer.includes('/node_modules/') || importer.includes('/node_modules/commander/')
      if (namespace !== 'file' || !isOurs) return undefined
      return { path: path.replace('node:', ''), namespace: 'lazy-builtin', sideEffects: false }
    })
    onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({ contents: standIn(path), loader: 'js' }))
  },
}

/** The members sit on the prototype, where esbuild's view of a CommonJS module looks too. */
function standIn(name) {
  return `
let real
const get = (_, key) => (key === '__esModule' ? undefined : (real ??= require('node:${name}'))[key])
module.exports = Object.create(new Proxy({}, { get }))
`
}
