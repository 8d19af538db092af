import { typedPath } from '../guard/index.ts';
import { describeInstant } from '../kit/clock.ts';
import { printable, quoteForeign, quoteName, shellCommand, shellQuote } from '../kit/quote.ts';
import { isDeletedIn, type Line, type Meeting, type MeetingPath } from '../radar/index.ts';
import type { Palette } from './palette.ts';
import { groupHeld, groupShared, type RadarReport, sortMeetings } from './radar-groups.ts';
import { renderNext } from './text.ts';

/** How much of a report is shown, and from where its paths are read. */
export type RadarView = {
  /** Where the reader stands, relative to the top, with a trailing slash, or empty. */
  prefix: string;
  /** Everything, however long. */
  isWhole: boolean;
};

/** As much as anybody reads at a glance. */
const MAX_ENTRIES = 10;
const MAX_PATHS = 5;
const MAX_NAMES = 4;

type Writing = RadarReport & RadarView & { palette: Palette };

const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;

/** The first of them, and how many are left. */
const cut = <T>(items: readonly T[], limit: number, { isWhole }: RadarView) => {
  const shown = isWhole ? items : items.slice(0, limit);
  return { shown, rest: items.length - shown.length };
};

const listNames = (names: readonly string[], limit: number, view: RadarView): string => {
  const { shown, rest } = cut(names, limit, view);
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
};

const lineAt = ({ survey }: RadarReport, party: number): Line | undefined => survey.lines[party];

/** Who it is where that is known, else which work it is. */
const nameOf = (report: RadarReport, party: number): string => {
  const holders = report.survey.holders[party] ?? [];
  if (holders.length > 0) return holders.map(quoteName).join(' and ');
  return quoteName(lineAt(report, party)?.party.name ?? '');
};

/** Where somebody works, who commits there, and whether it is committed; what their name says is left out. */
const describeParty = (writing: Writing, meeting: Meeting, place: 0 | 1): string => {
  const line = lineAt(writing, meeting.parties[place]);
  const { branch, worktree } = line?.party ?? {};
  const name = nameOf(writing, meeting.parties[place]);
  const isUncommitted = meeting.paths.some(({ sides }) => sides[place].isUncommitted);
  const parts = [
    branch === undefined ? 'no branch' : `branch ${quoteName(branch)}`,
    worktree === undefined ? 'no worktree' : `in ${printable(worktree.path)}`,
    line && line.people.length > 0
      ? `commits by ${listNames(line.people.map(quoteName), MAX_NAMES, writing)}`
      : '',
    isUncommitted ? 'not all committed' : '',
    worktree?.isRebasing ? 'as it was before the rebase that goes on there' : '',
  ].filter((part) => part !== '' && part !== `branch ${name}` && part !== `in ${name}`);
  return `    ${writing.palette.faint(`${name}: ${parts.join(', ')}`)}`;
};

const WORDS: Readonly<Record<string, string>> = {
  contents: 'both changed the same lines',
  'modify/delete': 'one changed it, the other deleted it',
  binary: 'both changed it, and it is no text',
  'rename/delete': 'one renamed it, the other deleted it',
  'rename/rename': 'both renamed it, each in their own way',
  'file/directory': 'a file for one, a directory for the other',
  'directory rename suggested': 'added to a directory that the other renamed',
  submodule: 'a submodule that both moved',
  'submodule not initialized': 'a submodule that both moved, and that is not checked out here',
  'submodule history not available': 'a submodule that both moved, to commits that are not here',
};

const describeConflict = (conflict: string): string => WORDS[conflict] ?? printable(conflict);

const describeSince = (since: number | undefined, now: number): string =>
  since === undefined ? '' : `, since ${describeInstant(since, now)}`;

const renderMeeting = (writing: Writing, meeting: Meeting): string[] => {
  const { palette, now } = writing;
  const names = meeting.parties.map((party) => palette.strong(nameOf(writing, party)));
  const told = meeting.paths.filter(
    ({ conflict }) => conflict !== undefined || meeting.outcome === 'unknown',
  );
  const { shown, rest } = cut(told, MAX_PATHS, writing);
  return [
    `${names.join(' × ')}${describeSince(meeting.since, now)}`,
    ...shown.map(
      ({ path, conflict }) =>
        `  ${palette.bad(printable(path))}${conflict === undefined ? '' : `  ${describeConflict(conflict)}`}`,
    ),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    describeParty(writing, meeting, 0),
    describeParty(writing, meeting, 1),
  ];
};

const section = (title: string, entries: readonly string[], writing: Writing): string[] => {
  if (entries.length === 0) return [];
  const { shown, rest } = cut(entries, MAX_ENTRIES, writing);
  return [title, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
};

const renderMeetings = (writing: Writing): string[] => {
  const meetings = sortMeetings(writing.survey).filter(({ outcome }) => outcome !== 'clean');
  const { shown, rest } = cut(meetings, MAX_ENTRIES, writing);
  return [
    ...shown.flatMap((meeting) => renderMeeting(writing, meeting)),
    ...(rest > 0 ? [`and ${count(rest, 'more pair')}`] : []),
  ];
};

const renderShared = (writing: Writing): string[] =>
  section(
    'touched by several, and would merge cleanly:',
    groupShared(writing.survey).map(({ parties, paths }) => {
      const names = parties.map((party) => nameOf(writing, party));
      return `  ${listNames(names, MAX_NAMES, writing)}: ${listNames(paths.map(printable), MAX_PATHS, writing)}`;
    }),
    writing,
  );

const renderHeld = (writing: Writing): string[] =>
  section(
    'held by somebody else than who touches it:',
    groupHeld(writing.survey).map(({ party, grant, scope, paths }) => {
      const task = grant.about.task === undefined ? '' : `, task ${quoteForeign(grant.about.task)}`;
      const what = listNames(paths.map(printable), MAX_PATHS, writing);
      return `  ${nameOf(writing, party)} touches ${writing.palette.warn(what)}: ${quoteName(grant.holder)} holds ${printable(scope)} until ${describeInstant(grant.expiresAt, writing.now)}${task}`;
    }),
    writing,
  );

const renderBehind = (writing: Writing): string[] =>
  section(
    `would conflict with ${baseName(writing)} as it is now:`,
    writing.survey.behind.map(
      ({ party, conflicts }) =>
        `  ${nameOf(writing, party)}: ${listNames([...conflicts.keys()].map(printable), MAX_PATHS, writing)}`,
    ),
    writing,
  );

const baseName = ({ survey }: RadarReport): string =>
  survey.base === undefined ? 'nothing' : quoteName(survey.base.name);

const renderSkipped = (writing: Writing): string[] => {
  const show = ({ name, reason }: { name: string; reason: string }): string =>
    `  ${quoteName(name)}: ${printable(reason)}`;
  const { failed, skipped } = writing.survey;
  return [
    ...section(writing.palette.bad('could not be compared:'), failed.map(show), writing),
    ...section('not compared:', skipped.map(show), writing).map(writing.palette.faint),
  ];
};

const OLD_GIT = 'this git cannot tell what would conflict; git 2.38 and newer can';

const renderHeadline = ({ survey, palette }: Writing, base: string): string => {
  const work = `${count(survey.lines.length, 'line')} of work beside ${base}`;
  const countPairs = (outcome: Meeting['outcome']): string | undefined => {
    const pairs = survey.meetings.filter((meeting) => meeting.outcome === outcome).length;
    return pairs > 0 ? count(pairs, 'pair') : undefined;
  };
  const [conflicts, unknown] = [countPairs('conflict'), countPairs('unknown')];
  if (unknown !== undefined && !survey.canMerge) {
    return palette.warn(`${work}; ${unknown} at the same paths, and ${OLD_GIT}.`);
  }
  const doubt = unknown === undefined ? '' : `, ${unknown} could not be compared`;
  if (conflicts !== undefined) return palette.bad(`${work}; ${conflicts} would conflict${doubt}.`);
  if (doubt !== '') return palette.warn(`${work}${doubt}.`);
  if (survey.meetings.length > 0) return palette.good(`${work}; all of it would merge cleanly.`);
  return palette.good(`${work}; nothing is touched by two of them.`);
};

/** Both versions of a path side by side: of what is committed by git's names, else as the files lie there. */
const compareCommand = (
  { survey, prefix }: Writing,
  { parties }: Meeting,
  { path, sides }: MeetingPath,
): string => {
  const lines = parties.map((party) => survey.lines[party]);
  const trees = lines.map((line) => line?.party.worktree?.path);
  const revisions = lines.map((line) => line?.party.branch ?? line?.party.heads[0] ?? 'HEAD');
  const [one, other] = sides;
  if (!one.isUncommitted && !other.isUncommitted) {
    const names = revisions.map(shellQuote).join(' ');
    return shellCommand(`git diff ${names}`, [typedPath(path, prefix)]);
  }
  const isThere = lines.every((line) => line !== undefined && !isDeletedIn(line, path));
  if (isThere && one.isUncommitted && other.isUncommitted) {
    return shellCommand(
      'git diff --no-index',
      trees.map((tree) => `${tree}/${path}`),
    );
  }
  const [tree = '.', revision = 'HEAD'] = one.isUncommitted
    ? [trees[0], revisions[1]]
    : [trees[1], revisions[0]];
  return shellCommand(`git -C ${shellQuote(tree)} diff ${shellQuote(revision)}`, [
    typedPath(path, ''),
  ]);
};

const chooseNext = (writing: Writing): string | undefined => {
  const { survey, prefix } = writing;
  const [first] = sortMeetings(survey);
  const [path] = first?.paths ?? [];
  if (!survey.canMerge && first) return 'update git to 2.38 or newer';
  if (first && path && first.outcome !== 'clean') return compareCommand(writing, first, path);
  const [held] = survey.held;
  if (held) return shellCommand('leasehold conflicts', [typedPath(held.path, prefix)]);
  if (first && path) return shellCommand('leasehold claim', [typedPath(path.path, prefix)]);
  return undefined;
};

/** What the radar saw, for people; the last line says what to do next, where there is anything to do. */
export const renderRadar = (report: RadarReport, view: RadarView, palette: Palette): string => {
  const writing: Writing = { ...report, ...view, palette };
  const { base } = report.survey;
  if (!base) return [...renderSkipped(writing), 'There is no commit yet.'].join('\n');
  const body = [
    ...renderMeetings(writing),
    ...renderShared(writing),
    ...renderHeld(writing),
    ...renderBehind(writing),
    ...renderSkipped(writing),
  ];
  const isCut = body.some((line) => /(?:^ *and|,) \d+ more/.test(line));
  const next = chooseNext(writing);
  return [
    renderHeadline(writing, quoteName(base.name)),
    ...body,
    ...(isCut ? [palette.faint('everything: leasehold radar --verbose')] : []),
    ...(next === undefined ? [] : [renderNext(next, palette)]),
  ].join('\n');
};
