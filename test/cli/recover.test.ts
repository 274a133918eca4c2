import { runFolder } from './support/scripts.js'

runFolder('recover')
