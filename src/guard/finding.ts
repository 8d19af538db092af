import type { ExportRule } from '../exports/index.ts';
import type { Severity } from '../kit/config.ts';
import type { RuleName } from './rules.ts';

/** One verdict about one path, with the keys that `check --json` prints; `Rule` is the guard's, or the audit's. */
export type Finding<Rule extends string = RuleName | ExportRule> = {
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
  /** The other place of a pair. */
  related?: { path: string; line: number; column: number; message: string };
  /** The reason for which it is let through; then it blocks nothing. */
  suppressed?: string;
};

/** The same of the guard's own rules. */
export type GuardFinding = Finding<RuleName>;

export type Verdict = 'pass' | 'block' | 'undecided';

/** What a lock file holds that cannot be read nobody knows, nor what a file exports that cannot be parsed. */
const UNKNOWN: readonly string[] = ['lock/unreadable', 'exports/unparsable'];

/** Whether a finding says that nobody can tell. */
export const isUnknown = ({ rule }: Finding<string>): boolean => UNKNOWN.includes(rule);

/** The verdict that findings come to; what is let through with a reason counts for nothing. */
export const concludeVerdict = (findings: readonly Finding<string>[]): Verdict => {
  const errors = findings.filter(
    ({ severity, suppressed }) => severity === 'error' && suppressed === undefined,
  );
  if (errors.some(isUnknown)) return 'undecided';
  return errors.length > 0 ? 'block' : 'pass';
};

/** The process's exit code for a verdict. */
export const exitCodeOf = (verdict: Verdict): number =>
  ({ pass: 0, block: 1, undecided: 2 })[verdict];
