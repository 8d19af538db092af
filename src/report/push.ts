import type { Finding, Judgement, Verdict } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { inHook, type Occasion } from './occasion.ts';
import type { Palette } from './palette.ts';
import { renderFailure, renderFindings } from './text.ts';
import { listNames } from './wording.ts';

/** What one pushed ref came to. */
export type PushedJudgement = { ref: string; judgement: Judgement };

const RANKS: Record<Verdict, number> = { pass: 0, block: 1, undecided: 2 };

/** The verdict of the whole push: git pushes all of it or nothing. */
export const concludePush = (pushed: readonly PushedJudgement[]): Verdict =>
  pushed.reduce<Verdict>(
    (worst, { judgement }) => (RANKS[judgement.verdict] > RANKS[worst] ? judgement.verdict : worst),
    'pass',
  );

/** A commit that several refs bring is found fault with once. */
const uniqueFindings = (pushed: readonly PushedJudgement[]): Finding[] => {
  const seen = new Set<string>();
  return pushed
    .flatMap(({ judgement }) => judgement.findings)
    .filter(({ severity, rule, path, line, name, holder, commit }) => {
      const key = JSON.stringify([severity, rule, path, line, name, holder, commit]);
      return !seen.has(key) && seen.add(key);
    });
};

/** Of several failures the first, and how many refs there are more: who mends one often mends them all. */
const renderFailures = (pushed: readonly PushedJudgement[], palette: Palette): string[] => {
  const failures = pushed.flatMap(({ judgement }) => judgement.failure ?? []);
  const [first, ...others] = failures;
  if (!first) return [];
  const { code, message, remedy, cause } = first;
  const told =
    others.length > 0
      ? new Undecided(code, `${message} (and ${others.length} more refs)`, remedy, cause)
      : first;
  const isSoft = pushed.every(({ judgement }) => judgement.verdict === 'pass');
  const soft = isSoft ? [palette.warn('guard.mode lets this pass.')] : [];
  return [renderFailure(told, palette), ...soft];
};

/** What is judged, unless it is a push, and who reads it, where. */
export type Telling = { act?: string } & Partial<Pick<Occasion, 'prefix' | 'isForOthers'>>;

/** What a push (or another act) of any number of refs came to, as one report; empty where there is nothing to say. */
export const renderPush = (
  pushed: readonly PushedJudgement[],
  env: Readonly<Record<string, string | undefined>>,
  palette: Palette,
  { act = 'push', ...reader }: Telling,
): string => {
  const told = pushed.filter(({ judgement }) => !judgement.failure);
  const verdict = concludePush(told);
  const [first] = told;
  const named = told.filter(
    ({ judgement }) => judgement.verdict === verdict && judgement.findings.length > 0,
  );
  const refs = listNames([...new Set(named.map(({ ref }) => printable(ref)))]);
  const whole: Judgement | undefined = first && {
    ...first.judgement,
    verdict,
    findings: uniqueFindings(told),
    changes: told.flatMap(({ judgement }) => judgement.changes),
    notJudged: [...new Set(told.flatMap(({ judgement }) => judgement.notJudged))],
  };
  const occasion = { prefix: '', ...reader, name: `${act} of ${refs}` };
  const found = whole && renderFindings(whole, inHook(occasion, env, whole), palette);
  return [...(found ? [found] : []), ...renderFailures(pushed, palette)].join('\n');
};
