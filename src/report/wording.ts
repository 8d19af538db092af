import type { Finding, Judgement } from '../guard/index.ts';
import { printable, quoteForeign } from '../kit/quote.ts';

/** `1 error`, `2 errors`. */
export const countOf = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;

type Weighed = Pick<Finding, 'severity'>;

/** How many findings there are of each severity. */
export const countSeverities = (findings: readonly Weighed[]) => {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: findings.length - errors };
};

/** `500 errors, 3 warnings`; a kind of which there is none is left out. */
export const describeCounts = (findings: readonly Weighed[]): string => {
  const { errors, warnings } = countSeverities(findings);
  const told = [countOf(errors, 'error'), countOf(warnings, 'warning')];
  return told.filter((text) => !text.startsWith('0 ')).join(', ');
};

const MAX_NAMES = 3;

/** `a`, `a and b`, `a, b and c`; of more than three the first three, and how many others. */
export const listNames = (names: readonly string[]): string => {
  const shown = names.slice(0, MAX_NAMES);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : shown;
  return all.length > 1 ? `${all.slice(0, -1).join(', ')} and ${all.at(-1)}` : all.join('');
};

/** Somebody's scope or pattern: as it is where it is short and plain, else quoted like any other text of theirs. */
export const quoteScope = (scope: string): string =>
  /^[!#-~]{1,80}$/.test(scope) ? printable(scope) : quoteForeign(scope);

/** What a line of names may take, as far as one name allows. */
const MAX_WIDTH = 100;

/** Names in one line, as many as fit, and how many others there are. */
export const fitNames = (names: readonly string[]): { shown: string; rest: number } => {
  const [first = '', ...others] = names;
  const shown = [first];
  let width = first.length;
  for (const name of others) {
    width += name.length + 1;
    if (width > MAX_WIDTH) break;
    shown.push(name);
  }
  return { shown: shown.join(' '), rest: names.length - shown.length };
};

/** What weighs less than it says, because the config says so: it stands in every report that somebody asks for. */
export const describeMode = ({ mode }: Partial<Pick<Judgement, 'mode'>>): string | undefined => {
  if (mode === 'warn') return 'guard.mode is warn: what would be refused is let through';
  return mode === 'off' ? 'guard.mode is off: nothing is enforced' : undefined;
};
