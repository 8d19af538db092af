import {
  auditTrees,
  type ExportFinding,
  findAllEntries,
  isAuditable,
  openScans,
} from '../exports/index.ts';
import {
  concludeVerdict,
  exitCodeOf,
  listTrustedBlobs,
  loadConfig,
  type Verdict,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { type AuditReport, renderAudit, toAuditJson, toAuditSarif } from '../report/index.ts';
import { type AuditSides, openAuditSides } from './audit-sides.ts';
import {
  type Command,
  type Context,
  type Format,
  formatOption,
  hasFlag,
  JSON_OPTION,
  printJson,
  readFormat,
} from './command.ts';
import { cacheDirectory } from './places.ts';
import { loadWorkspaceConfig, openWorkspace, type Workspace } from './workspace.ts';

const FORMATS = ['text', 'json', 'sarif'] as const;

const readConfig = (workspace: Workspace, { trusted }: AuditSides): Config =>
  trusted === undefined
    ? loadWorkspaceConfig(workspace)
    : loadConfig(workspace.git, listTrustedBlobs(workspace.git, trusted));

/** An entry that neither side has is a mistake of the config's. */
const assertThere = ({ head, base, name }: AuditSides, entries: readonly string[]): void => {
  const lost = entries.find(
    (path) => head.read(path) === undefined && base?.tree.read(path) === undefined,
  );
  if (lost === undefined) return;
  throw new Undecided(
    'config-invalid',
    `exports.entries names ${printable(lost)}, and ${name} has no such file`,
    `mend exports.entries in ${CONFIG_FILE}`,
  );
};

const isTold = ({ suppressed }: ExportFinding): boolean => suppressed === undefined;

/** What a file that cannot be parsed exports nobody knows, so nobody can tell. */
const conclude = (findings: readonly ExportFinding[]): Verdict => {
  const told = findings.filter(isTold);
  const isUnknown = told.some(
    ({ rule, severity }) => rule === 'exports/unparsable' && severity === 'error',
  );
  return isUnknown ? 'undecided' : concludeVerdict(told);
};

/** Audits two trees, or one by itself. */
export const audit = (workspace: Workspace, sides: AuditSides, isWhole: boolean): AuditReport => {
  const { head, base, name, trailers, stage } = sides;
  const { entries: configured, rules, internal } = readConfig(workspace, sides).exports;
  assertThere(sides, configured);
  const entries = findAllEntries(head, base?.tree ?? null, configured);
  const settings = { rules: rules as Readonly<Record<string, 'error' | 'warn' | 'off'>>, internal };
  const question = { head, base: base?.tree ?? null, entries, settings, trailers, stage, isWhole };
  const { context, repository } = workspace;
  const scans = openScans(context.files, cacheDirectory(repository.commonDir));
  const { findings, notJudged } = auditTrees({ ...question, scans });
  return {
    verdict: conclude(findings),
    findings,
    base: base?.commit ?? null,
    subject: base ? `${name} against ${base.commit.slice(0, 10)}` : `all of ${name}`,
    entries: entries.map(({ path }) => path),
    notJudged: [...configured.filter((path) => !isAuditable(path)), ...notJudged],
  };
};

const print = (context: Context, report: AuditReport, format: Format): void => {
  if (format === 'json') printJson(context, toAuditJson(report));
  else if (format === 'sarif') printJson(context, toAuditSarif(report));
  else context.print(renderAudit(report, context.palette));
};

const run: Command['run'] = async (context, words) => {
  const format = readFormat('audit', words, FORMATS);
  const workspace = openWorkspace(context);
  const report = audit(workspace, openAuditSides(workspace, words), hasFlag(words, 'all'));
  print(context, report, format);
  return exitCodeOf(report.verdict);
};

export const command: Command = {
  usage: 'leasehold audit [--staged | --range A..B] [--base REF] [--all] [--format FORMAT]',
  about:
    'What changed in the names that packages show to the outside, without compiling anything: names that ' +
    'are exported twice, new wildcards, internal modules made public, names that are gone. By default the ' +
    'working tree against where this branch parted from the default one. It reads Rust, TypeScript, ' +
    'JavaScript and Python. Exits with 0 where nothing stands against it, 1 where something does, 2 where a ' +
    'file cannot be parsed or nobody could tell.',
  options: {
    staged: { type: 'boolean', shown: '--staged', help: 'what the next commit would have' },
    range: {
      type: 'string',
      shown: '--range A..B',
      help: 'what B has since it parted from A, as a pull request brings it',
    },
    base: {
      type: 'string',
      shown: '--base REF',
      help: 'against where this branch parted from REF',
    },
    all: {
      type: 'boolean',
      shown: '--all',
      help: 'everything that can be found, whether or not it is new',
    },
    ...formatOption(FORMATS),
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold audit', 'what have I done to what others import?'],
    ['leasehold audit --range origin/main..HEAD', 'would this pull request pass?'],
    ['leasehold audit --all --format sarif', 'all there is, for a code scanning service'],
  ],
  attends: false,
  run,
};
