import { printable } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';

/** The rules that may be found: their sentences, and what a reader of any of them can do. */
export type RuleBook = { meanings: Readonly<Record<string, string>>; advice: string };

/** What keeps a log from being the whole truth; `level` as SARIF has it. */
export type SarifNote = { level: 'error' | 'warning'; text: string };

/** What any finding has that SARIF can show. */
export type Reportable = {
  rule: string;
  severity: 'error' | 'warn';
  path: string;
  line?: number;
  column?: number;
  /** What it is about; the same for as long as it is the same remark, where `message` is not. */
  name?: string;
  message: string;
  remedy: string;
  commit?: string;
  /** The other place of a pair. */
  related?: { path: string; line: number; column: number; message: string };
  /** The reason for which it is let through. */
  suppressed?: string;
};

/** A repo-relative path as a relative URI; bytes that are not UTF-8 become U+FFFD, which no URI can carry otherwise. */
const toUri = (path: string): string =>
  path
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');

const toRegion = ({ line, column }: Pick<Reportable, 'line' | 'column'>) =>
  line === undefined
    ? {}
    : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };

/** The same for the same remark in the next version of the file, whatever line it has slid to. */
const describe = ({ rule, path, name, message }: Reportable): string =>
  printable([rule, path, name ?? message].join(' '));

/** A fingerprint each; of remarks that are the same but for their lines, each later one counts up. */
export const listFingerprints = (findings: readonly Reportable[]): string[] => {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const text = describe(finding);
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return count === 1 ? text : `${text} #${count}`;
  });
};

const showCommit = ({ commit }: Reportable): string =>
  commit === undefined ? '' : ` (in ${commit.slice(0, 10)})`;

const toLocation = (place: Pick<Reportable, 'path' | 'line' | 'column'>) => ({
  physicalLocation: {
    artifactLocation: { uri: toUri(place.path), uriBaseId: '%SRCROOT%' },
    ...toRegion(place),
  },
});

/** Somebody's text as SARIF has it: a link could only begin where these two stand together. */
const toText = (text: string): string => printable(text).replaceAll('](', '] (');

const toRelated = ({ related }: Reportable) =>
  related
    ? {
        relatedLocations: [{ ...toLocation(related), message: { text: toText(related.message) } }],
      }
    : {};

const toSuppressions = ({ suppressed }: Reportable) =>
  suppressed === undefined
    ? {}
    : { suppressions: [{ kind: 'inSource', justification: toText(suppressed) }] };

const toResult = (finding: Reportable, ruleIndex: number, fingerprint: string | undefined) => ({
  ruleId: finding.rule,
  ruleIndex,
  level: finding.severity === 'error' ? 'error' : 'warning',
  message: {
    text: `${toText(finding.message)}${showCommit(finding)}. Next: ${toText(finding.remedy)}`,
  },
  locations: [toLocation(finding)],
  partialFingerprints: { 'leasehold/v1': fingerprint },
  ...toRelated(finding),
  ...toSuppressions(finding),
});

const toInvocation = (notes: readonly SarifNote[]) => ({
  executionSuccessful: notes.every(({ level }) => level !== 'error'),
  toolExecutionNotifications: notes.map(({ level, text }) => ({
    level,
    message: { text: toText(text) },
  })),
});

/** Findings as a SARIF 2.1.0 log of one run. */
export const toSarif = (
  findings: readonly Reportable[],
  { meanings, advice }: RuleBook,
  notes: readonly SarifNote[] = [],
) => {
  const ids = Object.keys(meanings);
  const fingerprints = listFingerprints(findings);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'leasehold',
            semanticVersion: VERSION,
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: meanings[id] ?? id },
              help: { text: `${meanings[id]}. ${advice}` },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [toInvocation(notes)],
        results: findings.map((finding, index) =>
          toResult(finding, ids.indexOf(finding.rule), fingerprints[index]),
        ),
      },
    ],
  };
};
