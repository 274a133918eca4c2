import { runFolder } from './support/scripts.js'

runFolder('emergency')
