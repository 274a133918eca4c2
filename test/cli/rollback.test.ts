import { runFolder } from './support/scripts.js'

runFolder('rollback')
