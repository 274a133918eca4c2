import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where `install.sh` puts the programs. */
const home = process.env['VIBESECRETS_PROGRAMS_HOME'] ?? join(homedir(), '.cache', 'vibesecrets-programs')

/** The Python that has python-dotenv. Throws where it is missing: a test must fail then, never pass unseen. */
export function pythonWithDotenv(): string {
  const path = join(home, 'python-dotenv-1.2.2', 'bin', 'python')
  if (!existsSync(path)) throw new Error('python-dotenv is missing: run bash test/programs/support/install.sh')
  return path
}
