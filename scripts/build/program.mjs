import { join } from 'node:path'
import { build, transform } from 'esbuild'
import { lazyBuiltins } from './lazy-builtins.mjs'
import { root, writeFile } from './publish.mjs'
import { thirdParty } from './third-party.mjs'

/** Native or optional: found in node_modules when they are used, and only then. */
const OUTSIDE = ['@napi-rs/keyring', 'pg-native', 'cloudflare:sockets']

/** `env -S node --`: without the dashes Node looks for its own options among those of the program. */
const SHEBANG = '#!/usr/bin/env -S node --\n'

/**
 * The program as CommonJS, which starts faster than ES modules, in parts that load when they are used. esbuild splits
 * ES modules only: so the bundle is split first, and then each part becomes CommonJS.
 */
export async function buildProgram(outdir) {
  const bundle = await build({
    absWorkingDir: root,
    entryPoints: { vibesecrets: 'bin/vibesecrets.ts' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    external: OUTSIDE,
    plugins: [lazyBuiltins],
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    outdir,
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  for (const file of bundle.outputFiles) {
    const name = file.path.slice(outdir.length + 1)
    const isEntry = name === 'vibesecrets.cjs'
    const code = await commonJs(file.text, lazyParts(bundle.metafile, name))
    writeFile(join(outdir, name), isEntry ? SHEBANG + code : code, isEntry ? 0o755 : 0o644)
  }
  writeFile(join(outdir, 'third-party.txt'), thirdParty(bundle.metafile))
}

/** The parts that a part loads on use, by file name: `isCommonJs` when it stands for a CommonJS package. */
function lazyParts(metafile, name) {
  return new Map(
    output(metafile, name)
      .imports.filter((each) => each.kind === 'dynamic-import' && !each.external)
      .map((each) => each.path.split('/').at(-1))
      .map((file) => [file, { isCommonJs: isCommonJs(metafile, `chunks/${file}`) }]),
  )
}

function isCommonJs(metafile, name) {
  return metafile.inputs[output(metafile, name).entryPoint].format === 'cjs'
}

function output(metafile, name) {
  return Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/${name}`) || path === name)[1]
}

/** What `import()` gives for a CommonJS package: its members, and the whole as `default`. */
const NAMESPACE = 'const __namespace=m=>Object.create(m,{default:{value:m,enumerable:true}});'
const MODULE_URL = 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;'

async function commonJs(text, lazy) {
  const required = text.replaceAll(/\bimport\("(\.{1,2}\/(?:chunks\/)?([^"/]+))"\)/g, (whole, path, file) => {
    const part = lazy.get(file)
    if (part === undefined) return whole
    const load = part.isCommonJs ? `__namespace(require("${path}").default)` : `require("${path}")`
    return `Promise.resolve().then(()=>${load})`
  })
  const { code } = await transform(required, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    define: { 'import.meta.url': '__moduleUrl' },
  })
  return [code.includes('__namespace') && NAMESPACE, code.includes('__moduleUrl') && MODULE_URL, code]
    .filter(Boolean)
    .join('')
}
