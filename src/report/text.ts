import { type Actor, chooseNext, type Finding, type Judgement } from '../guard/index.ts';
import type { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { groupByHolder, groupByRemark, renderBrief, renderWhole } from './groups.ts';
import { AGAIN, type Occasion } from './occasion.ts';
import type { Palette } from './palette.ts';
import { renderBriefWaysOut, renderWaysOut } from './ways-out.ts';
import { countOf, describeCounts } from './wording.ts';

/** What a refusal may take of somebody's screen. */
const MAX_LINES = 12;

/** Who acted, as a sentence's object: `codex (LEASEHOLD_HOLDER)`. */
export const describeActor = (actor: Actor | undefined): string => {
  if (actor?.holder === undefined) return 'unknown (no holder is set, and git has no e-mail)';
  const sources: Record<NonNullable<Actor['source']>, string> = {
    flag: '--as',
    environment: 'LEASEHOLD_HOLDER',
    'session-grant': 'the holder that this session has claimed as',
    worktree: 'this worktree is dedicated to it',
    session: "this agent's session",
    email: "git's e-mail",
    grant: 'the grant that the commit names',
    committer: 'the committer',
  };
  const source = actor.source ? ` (${sources[actor.source]})` : '';
  return `${quoteName(actor.holder)}${source}`;
};

/** A remedy in its own line, the last of a report: that is where the eye is. */
export const renderNext = (remedy: string, palette: Palette): string =>
  `${palette.strong('next:')} ${palette.good(palette.runnable(printable(remedy)))}`;

/** What was asked for could not be understood: nothing was there to be decided. */
const isMisused = ({ code }: Undecided): boolean => code === 'usage' || code === 'scope-refused';

/** "Could not decide": what happened, and the command that gets the user on. */
export const renderFailure = (failure: Undecided, palette: Palette): string => {
  const lines = failure.message.split('\n').map(printable);
  // The last line is the next command's.
  const shown = lines.length < MAX_LINES ? lines : lines.slice(0, MAX_LINES - 2);
  const rest = lines.length - shown.length;
  return [
    `${palette.bad(isMisused(failure) ? 'leasehold:' : 'leasehold could not decide:')} ${shown.join('\n')}`,
    ...(rest > 0 ? [`    and ${countOf(rest, 'line')} more`] : []),
    renderNext(failure.remedy, palette),
  ].join('\n');
};

const headline = (
  { verdict, actor }: Judgement,
  { name, isForOthers }: Occasion,
  counts: string | undefined,
  palette: Palette,
): string => {
  const accepted = counts === undefined ? 'with warnings' : `with ${counts}`;
  if (verdict === 'pass') return palette.warn(`leasehold: ${name} accepted, ${accepted}`);
  const what = verdict === 'block' ? `${name} refused` : `could not decide on the ${name}`;
  const sum = counts === undefined ? '' : `: ${counts}`;
  const who = isForOthers ? '' : ` You are ${describeActor(actor)}.`;
  return `${palette.bad(`leasehold: ${what}`)}${sum}.${who}`;
};

/** A report's parts that are the same however much of the findings is told. */
type Frame = { judgement: Judgement; occasion: Occasion; palette: Palette; end: string[] };

const renderAll = ({ judgement, occasion, palette, end }: Frame, counts?: string): string[] => {
  const { findings, verdict } = judgement;
  return [
    headline(judgement, occasion, counts, palette),
    ...groupByRemark(findings).flatMap((group) => renderWhole(group, palette)),
    ...(verdict === 'block' ? renderWaysOut(findings, occasion.prefix, palette) : []),
    ...end,
  ];
};

/** As many remarks as there is room for, two lines each, errors first; the others are counted. */
const renderShort = ({ judgement, occasion, palette, end }: Frame): string[] => {
  const { findings, verdict } = judgement;
  const ways = verdict === 'block' ? renderBriefWaysOut(findings, palette) : [];
  // A headline, and how to see all of it.
  const room = Math.floor((MAX_LINES - 2 - ways.length - end.length) / 2);
  const groups = groupByHolder(errorsFirst(findings));
  const hidden = groups.slice(room).flatMap((group) => group.findings);
  const untold = hidden.length > 0 ? `and ${describeCounts(hidden)} more; ` : '';
  return [
    headline(judgement, occasion, describeCounts(findings), palette),
    ...groups.slice(0, room).flatMap((group) => renderBrief(group, palette)),
    ...ways,
    palette.faint(`${untold}all of it: ${palette.runnable(occasion.again ?? AGAIN)}`),
    ...end,
  ];
};

const errorsFirst = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));

/** Rules that this gate could not apply: who reads a report must not take their silence for a yes. */
const renderNotJudged = ({ notJudged }: Judgement, palette: Palette): string[] =>
  notJudged.length > 0 ? [palette.warn(`not judged: ${notJudged.map(printable).join(', ')}`)] : [];

/**
 * What a judgement found, for people, on their terminal: all of it where that is twelve lines at most or
 * was asked for. Empty where there is nothing to say.
 */
export const renderFindings = (
  judgement: Judgement,
  occasion: Occasion,
  palette: Palette,
): string => {
  const { findings, changes, canSplit } = judgement;
  const notJudged = renderNotJudged(judgement, palette);
  if (findings.length === 0) return notJudged.map((line) => `leasehold: ${line}`).join('\n');
  const next = chooseNext(findings, { changes, canSplit, prefix: occasion.prefix });
  const end = [...notJudged, ...(next === undefined ? [] : [renderNext(next, palette)])];
  const frame = { judgement, occasion, palette, end };
  const all = renderAll(frame);
  if (all.length <= MAX_LINES) return all.join('\n');
  const lines = occasion.verbose ? renderAll(frame, describeCounts(findings)) : renderShort(frame);
  return lines.join('\n');
};

/** The same, or why there is no judgement. */
export const renderJudgement = (
  judgement: Judgement,
  occasion: Occasion,
  palette: Palette,
): string => {
  const { failure, verdict } = judgement;
  const found = renderFindings(judgement, occasion, palette);
  if (!failure) return found;
  const soft = verdict === 'pass' ? [palette.warn('guard.mode lets this pass.')] : [];
  return [...(found === '' ? [] : [found]), renderFailure(failure, palette), ...soft].join('\n');
};
