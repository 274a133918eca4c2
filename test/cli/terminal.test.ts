import { runFolder } from './support/scripts.js'

runFolder('terminal')
