import { describe, expect, test } from '@jest/globals'
import { FILES_TO_LOOK_AT, isFileToLookAt, likelyReaders } from '../../../src/dotenv/loaders.js'

function read(files: Record<string, string>) {
  const { dialects, expanders, ...flags } = likelyReaders(new Map(Object.entries(files)))
  const on = Object.entries(flags).flatMap(([name, is]) => (is ? [name] : []))
  return {
    dialects: dialects.map((one) => `${one.dialect}: ${one.because}`),
    expanders: expanders.map((one) => `${one.name}: ${one.because}`),
    on,
  }
}
const dialectsOf = (files: Record<string, string>) => read(files).dialects
const withPackages = (...names: string[]) =>
  JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, '1'])) })

describe('likelyReaders', () => {
  test('a folder that says nothing gives nothing: nobody is assumed', () => {
    expect(read({})).toEqual({ dialects: [], expanders: [], on: [] })
    expect(read({ 'package.json': withPackages('express'), Dockerfile: 'FROM node:20\nCOPY . .\n' })).toEqual({
      dialects: [],
      expanders: [],
      on: [],
    })
  })

  test('package.json names dotenv and those that expand', () => {
    expect(read({ 'package.json': withPackages('dotenv', 'next') })).toEqual({
      dialects: ['dotenv: package.json uses dotenv'],
      expanders: ['next: package.json uses next'],
      on: [],
    })
    expect(
      read({ 'package.json': withPackages('@dotenvx/dotenvx', 'vite', 'prisma', 'dotenv-expand') }).expanders,
    ).toEqual([
      'dotenv-expand: package.json uses dotenv-expand',
      'dotenvx: package.json uses @dotenvx/dotenvx',
      'vite: package.json uses vite',
      'prisma: package.json uses prisma',
    ])
  })

  test('a package.json that is no JSON, or odd JSON, says nothing', () => {
    for (const text of ['{', '[]', 'null', '{"dependencies":["dotenv"],"scripts":{"a":1}}'])
      expect(dialectsOf({ 'package.json': text })).toEqual([])
  })

  test('scripts tell node, docker and shells apart', () => {
    const scripts = (start: string) => ({ 'package.json': JSON.stringify({ scripts: { start } }) })
    expect(dialectsOf(scripts('node --env-file=.env src/index.js'))).toEqual([
      "node: package.json's scripts: node --env-file",
    ])
    expect(read(scripts('docker run --rm --env-file .env app'))).toEqual({
      dialects: ["docker: package.json's scripts: docker run --env-file"],
      expanders: [],
      on: ['dockerEnvFile'],
    })
    expect(dialectsOf(scripts('docker compose --env-file .env up'))).toEqual([
      "compose: package.json's scripts: docker compose",
    ])
  })

  test('a compose file beside it reads it, named or not', () => {
    expect(read({ 'compose.yaml': 'services: {}\n' })).toEqual({
      dialects: ['compose: compose.yaml stands beside it'],
      expanders: [],
      on: ['composeReads'],
    })
    expect(dialectsOf({ 'docker-compose.yml': 'services:\n  app:\n    env_file:\n      - .env\n' })).toEqual([
      'compose: docker-compose.yml has env_file:',
    ])
  })

  test('Python projects are known by what they depend on, whole words only', () => {
    expect(dialectsOf({ 'pyproject.toml': 'dependencies = ["python-dotenv>=1"]' })).toEqual([
      'python: pyproject.toml uses python-dotenv',
    ])
    expect(dialectsOf({ 'requirements.txt': 'Django\npydantic_settings==2\n' })).toEqual([
      'python: requirements.txt uses pydantic-settings',
    ])
    expect(dialectsOf({ 'requirements.txt': '# python-dotenv\nnot-python-dotenv-at-all\n' })).toEqual([])
  })

  test('shells that source the file are found, comments and look-alikes are not', () => {
    const shell = (text: string) => read({ 'start.sh': text }).on.includes('shellSources')
    for (const text of [
      'set -a; source .env; set +a',
      '. ./.env\n',
      'set -a && . "./.env"',
      'export $(cat .env | xargs)',
      "export $(grep -v '^#' .env | xargs)",
    ])
      expect([text, shell(text)]).toEqual([text, true])
    for (const text of ['# source .env', 'source .envrc', 'cat .env', 'cp .env.example .env', 'source .env-helper'])
      expect([text, shell(text)]).toEqual([text, false])
    expect(dialectsOf({ Makefile: 'include .env\nexport\n' })).toEqual(['shell: Makefile: include .env'])
  })

  test('systemd units and config files of expanding tools count', () => {
    expect(dialectsOf({ 'app.service': '[Service]\nEnvironmentFile=/srv/app/.env\n' })).toEqual([
      'systemd: app.service has EnvironmentFile=',
    ])
    expect(read({ 'next.config.mjs': '' }).expanders).toEqual(['next: next.config.mjs stands beside it'])
  })

  test('the list of files is matched by name', () => {
    const names = ['package.json', 'deploy.sh', 'next.config.ts', 'docker-compose.prod.yml', '.envrc']
    expect(names.filter(isFileToLookAt)).toEqual(names)
    expect(['.env', 'index.ts', 'package.json.bak', '.sh'].filter(isFileToLookAt)).toEqual([])
    expect(FILES_TO_LOOK_AT.length).toBeLessThan(30)
  })
})
