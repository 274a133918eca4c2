import { runFolder } from './support/scripts.js'

// the scripts that stand beside this file: backup-, restore- and disaster-
runFolder('.')
