import { quoteForeign } from '../kit/quote.ts';
import type { ExportFinding } from './audit.ts';

/** What is known of a pull request, to hold its words against. */
export type ClaimFacts = {
  findings: readonly ExportFinding[];
  changed: ReadonlySet<string>;
  /** Entries that it changes. */
  entries: readonly string[];
  /** Of these the ones that nobody may change without a lock. */
  requireLock: readonly string[];
  /** Of these the ones that somebody holds; undefined where no locks are seen. */
  locked: ReadonlySet<string> | undefined;
};

/** By this a text says that it is an export change; without it nothing is claimed. */
const MARK = '<!-- leasehold: export change';

/** The item that says that locks are held. */
const LOCK = 'lock/required';

/** Longer than any host takes. */
const MAX_BODY = 262_144;
const MAX_LINE = 1_000;
const MAX_PATH = 200;

/** What is commented out, or stands in a block of code, is not said. */
const stripUnsaid = (body: string): string => {
  let text = '';
  let at = 0;
  for (let start = body.indexOf('<!--'); start !== -1; start = body.indexOf('<!--', at)) {
    text += body.slice(at, start);
    const end = body.indexOf('-->', start);
    at = end === -1 ? body.length : end + 3;
  }
  let isCode = false;
  return (text + body.slice(at))
    .split('\n')
    .filter((line) => {
      const isFence = /^ {0,3}(?:```|~~~)/.test(line);
      if (isFence) isCode = !isCode;
      return !isFence && !isCode;
    })
    .join('\n');
};

type Ticked = { rule: string; text: string };

/** `- [x] text (`rule`)`: the rule is what is claimed, in whatever words. */
const readTicked = (line: string): Ticked[] => {
  const item = /^\s*[-*+] \[[xX]\] (.*)$/.exec(line)?.[1];
  if (item === undefined) return [];
  return [...item.matchAll(/`((?:exports|lock)\/[a-z-]+)`/g)].map(([, rule = '']) => ({
    rule,
    text: item.replace(/\s*\([^()]*\)\s*$/, ''),
  }));
};

/** The items of the list below a heading that begins so. */
const listBelow = (lines: readonly string[], heading: RegExp): string[] => {
  const start = lines.findIndex((line) => /^#{1,6} /.test(line) && heading.test(line));
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#{1,6} /.test(line));
  return rest
    .slice(0, end === -1 ? undefined : end)
    .flatMap((line) => /^\s*[-*+] (?!\[)(.*)$/.exec(line)?.[1]?.trim() ?? [])
    .filter((item) => item !== '');
};

/** A path in an item: what stands in its first code marks, else the item. */
const pathOf = (item: string): string => /`([^`]+)`/.exec(item)?.[1] ?? item;

const namesLockIssue = (lines: readonly string[]): boolean =>
  lines.some((line) => /^\s*[-*+] lock issues?:\s*\S*(?:#|\/)\d+/i.test(line));

type About = Pick<ExportFinding, 'path' | 'name' | 'message' | 'remedy'> & { line?: number };

const toFinding = ({ line = 1, ...about }: About): ExportFinding => ({
  rule: 'exports/claim',
  severity: 'error',
  line,
  column: 1,
  ...about,
});

const checkTicked = ({ rule, text }: Ticked, { findings }: ClaimFacts): ExportFinding[] =>
  findings
    .filter((finding) => finding.rule === rule && finding.suppressed === undefined)
    .map(({ path, line, name, message }) =>
      toFinding({
        path,
        line,
        name: `${rule} ${name}`,
        message: `the pull request says ${quoteForeign(text)}, and that is not so: ${message}`,
        remedy: 'mend it, justify it at the statement, or take the tick out of the pull request',
      }),
    );

const checkFiles = (listed: readonly string[], facts: ClaimFacts): ExportFinding[] => {
  const untouched = listed.filter((path) => !facts.changed.has(path));
  const missing = facts.entries.filter((path) => !listed.includes(path));
  return [
    ...untouched.map((path) =>
      toFinding({
        path: path.slice(0, MAX_PATH),
        name: 'files listed',
        message: `the pull request says that it modifies ${quoteForeign(path)}, and it does not`,
        remedy: 'take it out of the list of files, or commit the change',
      }),
    ),
    ...missing.map((path) =>
      toFinding({
        path,
        name: 'files changed',
        message: 'the pull request changes this entry, and does not list it',
        remedy: 'add it to the list of files in the pull request',
      }),
    ),
  ];
};

const checkLocks = (
  { isTicked, isNamed }: { isTicked: boolean; isNamed: boolean },
  { requireLock, locked }: ClaimFacts,
): ExportFinding[] => {
  const unlocked = requireLock.filter((path) => locked?.has(path) !== true);
  // Where no locks are seen, the issue that stands for one is all there is to see.
  if (locked === undefined ? isNamed : isNamed && !isTicked) return [];
  return unlocked.map((path) =>
    toFinding({
      path,
      name: 'lock',
      message: isTicked
        ? 'the pull request says that a lock covers this entry, and none is seen'
        : 'this entry requires a lock, and the pull request names no lock issue',
      remedy: 'claim the entry, and name the lock issue in the pull request',
    }),
  );
};

/** Whether a pull request's text is one of an export change, and so claims anything. */
export const isExportChange = (body: string): boolean => body.includes(MARK);

/**
 * Holds what the text of a pull request says against what is so: what it ticks, the files that it lists, the
 * lock that an entry requires. The text is a stranger's: it is quoted, and read line by line.
 */
export const checkClaims = (body: string, facts: ClaimFacts): ExportFinding[] => {
  if (!isExportChange(body)) return [];
  const said = stripUnsaid(body.slice(0, MAX_BODY).replaceAll('\r', ''));
  const lines = said.split('\n').map((line) => line.slice(0, MAX_LINE));
  const ticked = lines.flatMap(readTicked);
  const listed = [...new Set(listBelow(lines, /files modified/i).map(pathOf))];
  const locks = {
    isTicked: ticked.some(({ rule }) => rule === LOCK),
    isNamed: namesLockIssue(lines),
  };
  return [
    ...ticked.flatMap((each) => checkTicked(each, facts)),
    ...checkFiles(listed, facts),
    ...checkLocks(locks, facts),
  ];
};
