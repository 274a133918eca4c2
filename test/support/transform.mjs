// jest's transformer: esbuild, which the bundle needs anyway.
import { createHash } from 'node:crypto'
import { transformSync, version } from 'esbuild'

const options = { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline' }

export default {
  canInstrument: false,
  getCacheKey: (source, file) =>
    createHash('sha256')
      .update(`${version}${JSON.stringify(options)}${file}\0${source}`)
      .digest('hex'),
  process: (source, file) => ({ code: transformSync(source, { ...options, sourcefile: file }).code }),
}
