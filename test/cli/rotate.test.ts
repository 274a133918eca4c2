import { runScripts, throughTheProgram } from '../support/txtar.js'

runScripts('test/cli/rotate', { services: { local: throughTheProgram('local') } })
