import type { Finding, Judgement } from '../guard/index.ts';
import { printable, visible } from '../kit/quote.ts';
import { groupByHolder } from './groups.ts';
import type { Occasion } from './occasion.ts';
import { countOf, describeCounts, describeMode } from './wording.ts';

/** What is annotated: a judgement of the guard's, or one of a CI, with the audit's findings in it. */
export type Annotated = Pick<Judgement, 'verdict' | 'notJudged' | 'failure'> & {
  mode?: Judgement['mode'];
  findings: readonly Finding<string>[];
};

/** How many annotations of a kind the host shows of one step; it drops the others without a word. */
const MAX_SHOWN = 10;

type Kind = 'error' | 'warning' | 'notice';

/** A place in the repository, and a headline. */
type Properties = { file?: string; line?: number; title: string };

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** One workflow command. The title comes last: the host trims what stands before the message. */
const annotate = (kind: Kind, { file, line, title }: Properties, message: string): string => {
  const properties = Object.entries({ file, line, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(visible(String(value)))}`);
  return `::${kind} ${properties.join(',')}::${escapeData(message)}`;
};

const tell = ({ message, remedy, commit }: Finding<string>): string => {
  const where = commit === undefined ? '' : ` (in ${commit.slice(0, 10)})`;
  return `${printable(message)}${where}\nnext: ${printable(remedy)}`;
};

const toAnnotation = (finding: Finding<string>): string => {
  const { rule, severity, path, line } = finding;
  // A lock file is no file of the repository.
  const place = rule === 'lock/unreadable' ? {} : { file: path, ...(line ? { line } : {}) };
  const said = rule === 'lock/unreadable' ? `${printable(path)}: ${tell(finding)}` : tell(finding);
  const kind = severity === 'error' ? 'error' : 'warning';
  return annotate(kind, { ...place, title: `leasehold ${rule}` }, said);
};

/** So that the few that are shown tell of every holder: the first of each group, then the others. */
const spread = (findings: readonly Finding<string>[]): Finding<string>[] => {
  const groups = groupByHolder(findings).map((group) => group.findings);
  const firsts = groups.flatMap(([first]) => first ?? []);
  return [...firsts, ...groups.flatMap((group) => group.slice(1))];
};

/** A line of the log that no name in it can turn into a command: those begin with `::`, or have a mark in them that `printable` leaves nowhere. */
const toLogLine = ({ severity, rule, path, message }: Finding<string>): string =>
  `${severity === 'error' ? 'error' : 'warning'} ${rule} ${printable(path)}: ${printable(message)}`;

const annotateFailure = ({ failure, verdict }: Annotated): string[] => {
  if (!failure) return [];
  const message = failure.message.split('\n').map(printable).join('\n');
  const kind = verdict === 'undecided' ? 'error' : 'warning';
  const title = 'leasehold could not decide';
  return [annotate(kind, { title }, `${message}\nnext: ${printable(failure.remedy)}`)];
};

const describeVerdict = ({ verdict, findings, failure }: Annotated, name: string): string => {
  const counts = findings.length > 0 ? `: ${describeCounts(findings)}` : '';
  if (verdict === 'undecided') return `could not decide on the ${name}${counts}`;
  if (verdict === 'block') return `${name} refused${counts}`;
  if (failure) return `could not decide on the ${name}, and guard.mode lets it pass`;
  return findings.length > 0 ? `${name} accepted${counts}` : `nothing stands against this ${name}`;
};

const summarise = (judgement: Annotated, name: string, hidden: number): string =>
  [
    `leasehold: ${describeVerdict(judgement, name)}`,
    ...(hidden > 0
      ? [
          `${countOf(hidden, 'finding')} not annotated, for the host shows ${MAX_SHOWN} of a kind (--verbose puts them into the log)`,
        ]
      : []),
    ...judgement.notJudged.map((what) => `not judged: ${printable(what)}`),
  ].join('; ');

/**
 * A judgement as the workflow commands of GitHub Actions: annotations, errors first, as many as a step may
 * have, and a last line that sums up. Nothing else in it is a command, whatever names say.
 */
export const renderGithub = (
  judgement: Annotated,
  { name, verbose }: Pick<Occasion, 'name' | 'verbose'>,
): string => {
  const { findings, notJudged } = judgement;
  const failures = annotateFailure(judgement);
  const mode = describeMode(judgement);
  const notices = [
    ...(mode === undefined ? [] : [mode]),
    ...notJudged.map((what) => `not judged: ${printable(what)}`),
  ];
  const ordered = spread(findings);
  const errors = ordered.filter(({ severity }) => severity === 'error');
  const warnings = ordered.filter(({ severity }) => severity === 'warn');
  const room = MAX_SHOWN - failures.length;
  const shown = [...errors.slice(0, room), ...warnings.slice(0, room)];
  const hidden = [...errors.slice(room), ...warnings.slice(room)];
  return [
    ...failures,
    ...shown.map(toAnnotation),
    ...notices.slice(0, MAX_SHOWN).map((what) => annotate('notice', { title: 'leasehold' }, what)),
    ...(verbose ? hidden.map(toLogLine) : []),
    summarise(judgement, name, verbose ? 0 : hidden.length),
  ].join('\n');
};
