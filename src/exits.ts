/** What an exit code means: public API, shown by `--help` and in README. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done, equal, or nothing to do',
  1: 'internal error: a bug',
  2: 'usage or configuration; no terminal where one is needed',
  3: 'checked, and it differs',
  4: 'conflict: the target holds another value; nothing was written',
  5: 'changed by someone else since; left alone',
  6: 'state of a credential unknown: nothing was changed, a person must look',
  7: 'applied but not confirmed: old credential still valid',
  8: 'audit log unavailable: refused to change anything',
  65: 'bad or ambiguous input',
  66: 'input cannot be opened, or no such secret',
  69: 'provider unavailable: could not check, could not start',
  74: 'I/O error, disk full',
  75: 'try again: locked, or throttled for too long',
  77: 'permission or authentication refused',
  126: 'the program cannot be executed',
  127: 'the program was not found',
  130: 'stopped by SIGINT: state is recoverable',
  143: 'stopped by SIGTERM: state is recoverable',
}

/** Codes that every command can end with. */
export const commonExits = [0, 1, 2, 69, 74, 75, 77, 130, 143] as const
