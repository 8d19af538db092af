import { type Actor, chooseNext, type Finding, type Judgement } from '../guard/index.ts';
import type { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import type { Palette } from './palette.ts';

/** What was judged, for the words of the report. */
export type Occasion = {
  /** `commit`, `push of main`, … */
  name: string;
  /** Where the reader stands, relative to the top, with a trailing slash, or empty. */
  prefix: string;
};

const MAX_PATHS = 5;

/** Paths of which the same is said stand together: three hundred files of one holder are one remark. */
const groupFindings = (findings: readonly Finding[]): Finding[][] => {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.severity, finding.message]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
};

const showPath = ({ path, line, commit }: Finding): string => {
  const place = line === undefined ? printable(path) : `${printable(path)}:${line}`;
  return commit === undefined ? place : `${place} (in ${commit.slice(0, 10)})`;
};

const renderGroup = (group: readonly Finding[], palette: Palette): string[] => {
  const [first] = group;
  if (!first) return [];
  const isError = first.severity === 'error';
  const mark = isError ? palette.bad('error') : palette.warn('warning');
  const shown = group
    .slice(0, MAX_PATHS)
    .map((finding) => `  ${palette.strong(showPath(finding))}`);
  const rest = group.length - MAX_PATHS;
  return [
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    `    ${mark} ${printable(first.message)} ${palette.faint(`[${first.rule}]`)}`,
    ...(isError
      ? []
      : [`    ${palette.faint(`hint: ${palette.runnable(printable(first.remedy))}`)}`]),
  ];
};

/** Who acted, as a sentence's object: `codex (LEASEHOLD_HOLDER)`. */
export const describeActor = (actor: Actor | undefined): string => {
  if (actor?.holder === undefined) return 'unknown (no holder is set, and git has no e-mail)';
  const sources: Record<NonNullable<Actor['source']>, string> = {
    flag: '--as',
    environment: 'LEASEHOLD_HOLDER',
    'session-grant': 'the holder that this session has claimed as',
    session: "this agent's session",
    email: "git's e-mail",
    grant: 'the grant that the commit names',
    committer: 'the committer',
  };
  const source = actor.source ? ` (${sources[actor.source]})` : '';
  return `${quoteName(actor.holder)}${source}`;
};

/** A remedy in its own line, the last of a report: that is where the eye is. */
const renderNext = (remedy: string, palette: Palette): string =>
  `${palette.strong('next:')} ${palette.good(palette.runnable(printable(remedy)))}`;

/** What was asked for could not be understood: nothing was there to be decided. */
const isMisused = ({ code }: Undecided): boolean => code === 'usage' || code === 'scope-refused';

/** "Could not decide": what happened, and the command that gets the user on. */
export const renderFailure = (failure: Undecided, palette: Palette): string =>
  [
    `${palette.bad(isMisused(failure) ? 'leasehold:' : 'leasehold could not decide:')} ${failure.message
      .split('\n')
      .map(printable)
      .join('\n')}`,
    renderNext(failure.remedy, palette),
  ].join('\n');

const headline = (judgement: Judgement, occasion: Occasion, palette: Palette): string => {
  if (judgement.verdict === 'pass')
    return palette.warn(`leasehold: ${occasion.name} accepted, with warnings`);
  const what =
    judgement.verdict === 'block'
      ? `${occasion.name} refused`
      : `could not decide on the ${occasion.name}`;
  return `${palette.bad(`leasehold: ${what}`)}. You are ${describeActor(judgement.actor)}.`;
};

/** What a judgement found, for people, on their terminal; empty where there is nothing to say. */
export const renderFindings = (
  judgement: Judgement,
  occasion: Occasion,
  palette: Palette,
): string => {
  const { findings, changes, canSplit } = judgement;
  if (findings.length === 0) return '';
  const next = chooseNext(findings, {
    changes,
    canSplit,
    prefix: occasion.prefix,
  });
  return [
    headline(judgement, occasion, palette),
    ...groupFindings(findings).flatMap((group) => renderGroup(group, palette)),
    ...(next === undefined ? [] : [renderNext(next, palette)]),
  ].join('\n');
};

/** The same, or why there is no judgement. */
export const renderJudgement = (
  judgement: Judgement,
  occasion: Occasion,
  palette: Palette,
): string => {
  const { failure, verdict } = judgement;
  if (!failure) return renderFindings(judgement, occasion, palette);
  const soft = verdict === 'pass' ? [palette.warn('guard.mode lets this pass.')] : [];
  return [renderFailure(failure, palette), ...soft].join('\n');
};
