import { runFolder } from './support/scripts.js'

runFolder('secrets')
