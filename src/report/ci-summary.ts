import type { Finding } from '../guard/index.ts';
import { printable } from '../kit/quote.ts';
import { type CiReport, listTold } from './ci-report.ts';
import { describeRange, describeVerdict, inOrder } from './ci-text.ts';
import { countOf, describeCounts, describeMode } from './wording.ts';

/** The host takes 1 MiB of a step, and drops all of what is longer. */
const MAX_BYTES = 1024 * 1024;

/** What the lines around a list of findings take. */
const FRAME = 1024;

/** More rows than this of one table nobody reads. */
const MAX_ROWS = 50;

/** Cells of the tables that sum up; the list at the end has the rest. */
const MAX_CELL = 240;

/**
 * Somebody's text in Markdown: one line, and every mark that could begin something is a character reference,
 * which can only ever be text. `www.` would become a link by itself.
 */
const inert = (text: string): string =>
  printable(text)
    .replace(/[!-+:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`)
    .replace(/www\./gi, (word) => `${word.slice(0, -1)}&#46;`);

const clip = (text: string): string => {
  const chars = Array.from(text);
  return chars.length > MAX_CELL ? `${chars.slice(0, MAX_CELL - 1).join('')}…` : text;
};

/** In a `code` element nobody is mentioned, and no number becomes a link. */
const code = (text: string): string => `<code>${inert(clip(text))}</code>`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (heads: readonly string[], rows: readonly string[]): string[] => [
  row(heads),
  row(heads.map(() => '---')),
  ...rows.slice(0, MAX_ROWS),
  ...(rows.length > MAX_ROWS
    ? [row([`and ${rows.length - MAX_ROWS} more`, ...heads.slice(1).map(() => '')])]
    : []),
];

const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
};

const MAX_PATHS = 3;

const listPaths = (findings: readonly Finding<string>[]): string => {
  const paths = [...new Set(findings.map(({ path }) => path))];
  const rest = paths.length - MAX_PATHS;
  return [...paths.slice(0, MAX_PATHS).map(code), ...(rest > 0 ? [`and ${rest} more`] : [])].join(
    '<br>',
  );
};

/** Who is in the way, or has to be asked. */
const whoseOf = ({ holder, owners }: Finding<string>): string | undefined =>
  holder ?? owners?.join(' ');

const untilOf = (findings: readonly Finding<string>[]): string => {
  const last =
    findings
      .map(({ expires_at }) => expires_at ?? '')
      .toSorted()
      .at(-1) ?? '';
  return last === '' ? '' : inert(last);
};

const tellByHolder = (findings: readonly Finding<string>[]): string[] => {
  const groups = groupBy(
    findings.filter((finding) => whoseOf(finding) !== undefined),
    (finding) => whoseOf(finding) ?? '',
  );
  if (groups.length === 0) return [];
  const rows = groups.map((group) => {
    const [first] = group;
    const kind = first?.holder === undefined ? 'owns' : 'holds';
    return row([
      `${code((first && whoseOf(first)) ?? '')} ${kind} it`,
      untilOf(group),
      describeCounts(group),
      listPaths(group),
      code(first?.remedy ?? ''),
    ]);
  });
  return [
    '### By holder',
    '',
    ...table(['who', 'until', 'findings', 'paths', 'what to do'], rows),
    '',
  ];
};

const tellByRule = (findings: readonly Finding<string>[]): string[] => {
  if (findings.length === 0) return [];
  const rows = groupBy(findings, ({ rule, severity }) => `${severity} ${rule}`).map((group) => {
    const [first] = group;
    return row([
      code(first?.rule ?? ''),
      first?.severity === 'error' ? 'error' : 'warning',
      String(group.length),
      listPaths(group),
      code(first?.remedy ?? ''),
    ]);
  });
  return [
    '### By rule',
    '',
    ...table(['rule', 'weight', 'findings', 'paths', 'what to do'], rows),
    '',
  ];
};

const tellOne = ({
  severity,
  rule,
  path,
  line,
  commit,
  message,
  remedy,
}: Finding<string>): string =>
  row([
    severity === 'error' ? 'error' : 'warning',
    code(rule),
    `${code(path)}${line === undefined ? '' : `:${line}`}${commit === undefined ? '' : `<br>in ${inert(commit.slice(0, 10))}`}`,
    inert(message),
    code(remedy),
  ]);

/** As many as there is room for; the log and SARIF have all of them. */
const tellAll = (findings: readonly Finding<string>[], size: number): string[] => {
  if (findings.length === 0) return [];
  const shown: string[] = [];
  let room = size - FRAME;
  for (const finding of findings) {
    const line = tellOne(finding);
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    shown.push(line);
  }
  const rest = findings.length - shown.length;
  const heads = ['', 'rule', 'path', 'what', 'next'];
  return [
    `<details><summary>${countOf(findings.length, 'finding')}</summary>`,
    '',
    row(heads),
    row(heads.map(() => '---')),
    ...shown,
    '',
    ...(rest > 0 ? [`${countOf(rest, 'finding')} more: the log has them.`, ''] : []),
    '</details>',
    '',
  ];
};

/** Each a paragraph: lines that follow each other would run into one. */
const tellPulls = (report: CiReport): string[] => tellWhat(report).flatMap((line) => [line, '']);

const tellWhat = (report: CiReport): string[] => [
  ...report.pulls.slice(0, MAX_ROWS).flatMap(({ number, title, author }) => {
    if (number === undefined) return [];
    const named = title === undefined ? '' : ` ${code(title)}`;
    return `Pull request ${number}${named}${author === undefined ? '' : ` by ${code(author)}`}${report.isFork ? ', from a fork' : ''}.`;
  }),
  `${inert(describeRange(report))}${report.branches.head === undefined ? '' : `, from ${code(report.branches.head)}`}.`,
  ...(report.policy === null
    ? []
    : [
        `Rules: config and CODEOWNERS of ${code(report.policy.slice(0, 10))}, never of the change itself.`,
      ]),
];

const tellFailure = ({ failure }: CiReport): string[] =>
  failure
    ? [
        '### Could not decide',
        '',
        inert(failure.message.slice(0, 2000)),
        '',
        `Next: ${code(failure.remedy)}`,
        '',
      ]
    : [];

const tellNotJudged = ({ notJudged }: CiReport): string[] =>
  notJudged.length > 0
    ? [
        '### Not judged',
        '',
        ...notJudged.slice(0, MAX_ROWS).map((what) => `- ${inert(clip(what))}`),
        '',
      ]
    : [];

/** A report as a page that a reviewer reads: what it comes to, who is in the way, by which rule, and what to do. */
export const renderCiSummary = (report: CiReport, title: string): string => {
  const findings = inOrder(listTold(report));
  const bypassed = findings.filter(({ rule }) => rule === 'guard/bypassed');
  const mode = describeMode(report);
  const page = [
    `## ${inert(title)}: ${inert(describeVerdict(report))}`,
    '',
    ...tellPulls(report),
    ...(mode === undefined ? [] : [`**${inert(mode)}**`, '']),
    ...tellFailure(report),
    ...tellByHolder(findings),
    ...tellByRule(findings),
    ...(bypassed.length > 0
      ? [
          '### Let through by hand',
          '',
          ...bypassed
            .slice(0, MAX_ROWS)
            .map(
              ({ commit = '', message }) =>
                `- ${code(commit.slice(0, 10))} ${inert(clip(message))}`,
            ),
          '',
        ]
      : []),
    ...tellNotJudged(report),
  ].join('\n');
  return [page, ...tellAll(findings, MAX_BYTES - Buffer.byteLength(page))].join('\n');
};
