/** Names whose value bash makes itself, or that it does not let anyone set: no file says what they hold. */
const READ_ONLY = new Set(['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID'])

const MADE = new Set(
  `BASH BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_EXECUTION_STRING BASH_LINENO
  BASH_LOADABLES_PATH BASH_REMATCH BASH_SOURCE BASH_SUBSHELL BASH_VERSION COMP_WORDBREAKS DIRSTACK EPOCHREALTIME
  EPOCHSECONDS FUNCNAME GROUPS HISTCMD HOSTNAME HOSTTYPE IFS LINENO MACHTYPE OLDPWD OPTARG OPTERR OPTIND OSTYPE
  PIPESTATUS POSIXLY_CORRECT PS4 RANDOM SECONDS SHLVL SRANDOM _`.split(/\s+/),
)

/** Set in every session, though not by bash alone. A file may set them; before that their value is not in the file. */
const OF_THE_SESSION = new Set('HOME PATH PWD SHELL TERM USER LOGNAME LANG TMPDIR'.split(' '))

/** Why an assignment to the name has no value that the file alone decides. */
export function whyUnknowable(name: string): string | undefined {
  if (READ_ONLY.has(name)) return `${name} is read-only in bash`
  return MADE.has(name) ? `${name} is a variable of bash itself` : undefined
}

/** Whether the name, not being set by the file, has a value all the same. */
export const isSetElsewhere = (name: string): boolean =>
  READ_ONLY.has(name) || MADE.has(name) || OF_THE_SESSION.has(name)
