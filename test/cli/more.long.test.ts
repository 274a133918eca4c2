import { readdirSync } from 'node:fs'
import { describe } from '@jest/globals'
import { runScripts, throughTheProgram } from '../support/txtar.js'

const folder = 'test/cli/more'
const services = { local: throughTheProgram('local') }

for (const topic of readdirSync(folder).sort()) describe(topic, () => runScripts(`${folder}/${topic}`, { services }))
