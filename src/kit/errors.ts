/**
 * Every way in which leasehold cannot decide, with the sentence that the README's table shows.
 * A code is part of the interface: scripts test for it in `--json`, so it never changes its meaning.
 */
export const ERROR_CODES = {
  usage: 'the command line is not understood',
  'scope-refused': 'a scope is not something that can be claimed',
  'not-a-repository': 'there is no git repository here',
  'git-failed': 'git could not answer',
  'config-invalid': 'leasehold.config.json is not valid',
  'min-version': 'the repository asks for a newer leasehold',
  'store-unreadable': 'the lock directory cannot be read',
  'store-unwritable': 'the lock directory cannot be written',
  'lock-unreadable': 'a lock file cannot be read',
  'store-busy': 'other processes kept changing the locks',
  'remote-unreachable': 'the remote that keeps the locks did not answer',
  'remote-refused': 'the remote that keeps the locks does not take them',
  'ledger-rewound': 'the remote’s locks are older than what was seen of them',
  'no-holder': 'nothing says who is working here',
  'hooks-refused': 'the hooks belong to somebody else',
  'not-installed': 'what the hooks start is not where it was installed',
  'base-unknown': 'what the change is to be compared with is not known here',
  internal: 'a fault of leasehold itself',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * "Could not decide": the one exception of the project. Expected refusals (a conflict, a finding)
 * are return values instead. Whoever catches it exits with 2 and prints all three parts.
 */
export class Undecided extends Error {
  readonly code: ErrorCode;
  /** The one command, or the one sentence, that gets the user on. */
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Undecided';
    this.code = code;
    this.remedy = remedy;
  }
}

/** The system's code of a failed call, such as `ENOENT`; `unknown` where it has none. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
