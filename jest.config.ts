/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

const shared: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/test/support/transform.mjs' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
}

/** Which test goes where stands in test/README.md. */
function project(displayName: string, folders: string[], ending: string, ignore: string[] = []): Config {
  return {
    ...shared,
    displayName,
    testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*${ending}`),
    testPathIgnorePatterns: ['/node_modules/', ...ignore],
  }
}

const pure = ['unit', 'engine', 'conformance']

const config: Config = {
  projects: [
    project('fast', pure, '.test.ts', ['\\.(?:slow|long)\\.test\\.ts$']),
    project('slow', pure, '.slow.test.ts'),
    project('long', [...pure, 'cli'], '.long.test.ts'),
    project('cli', ['cli'], '.test.ts', ['\\.long\\.test\\.ts$']),
    project('crash', ['crash'], '.test.ts'),
    project('programs', ['programs'], '.test.ts'),
    project('servers', ['servers'], '.test.ts'),
  ] as NonNullable<Config['projects']>,
}
export default config
