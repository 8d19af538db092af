import type { Severity } from '../kit/config.ts';
import type { RuleName } from './rules.ts';

/** One verdict about one path, with the keys that `check --json` prints; `Rule` is the guard's, or the audit's. */
export type Finding<Rule extends string = RuleName> = {
  rule: Rule;
  severity: Exclude<Severity, 'off'>;
  path: string;
  line?: number;
  column?: number;
  /** What it is about, where that is one name. */
  name?: string;
  message: string;
  /** The one command, or the one sentence, that gets the user on. */
  remedy: string;
  holder?: string;
  grant?: string;
  expires_at?: string;
  owners?: readonly string[];
  /** The commit that it was found in, where a range was judged. */
  commit?: string;
};

export type Verdict = 'pass' | 'block' | 'undecided';

/** The verdict that findings come to. A record that cannot be read means that nobody can tell. */
export const concludeVerdict = (findings: readonly Finding<string>[]): Verdict => {
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.some((finding) => finding.rule === 'lock/unreadable')) return 'undecided';
  return errors.length > 0 ? 'block' : 'pass';
};

/** The process's exit code for a verdict. */
export const exitCodeOf = (verdict: Verdict): number =>
  ({ pass: 0, block: 1, undecided: 2 })[verdict];
