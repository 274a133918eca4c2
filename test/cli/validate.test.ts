import { runFolder } from './support/scripts.js'
import { doubtfulVault } from './support/vault-double.js'

runFolder('validate', { vault: doubtfulVault() })
