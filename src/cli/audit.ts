import { join } from 'node:path';
import { applyBaseline, BASELINE_FILE, renderBaseline } from '../exports/index.ts';
import { concludeVerdict, exitCodeOf, listTrustedBlobs, loadConfig } from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { stateDirectory } from '../locks/index.ts';
import {
  type AuditReport,
  countOf,
  renderAudit,
  renderAuditGithub,
  toAuditJson,
  toAuditSarif,
} from '../report/index.ts';
import { listFalseClaims } from './audit-claims.ts';
import { auditRange } from './audit-range.ts';
import { type AuditSides, assertAuditWords, openAuditSides } from './audit-sides.ts';
import { type AuditOutcome, auditSides } from './audit-trees.ts';
import {
  type Command,
  type Context,
  type Format,
  formatOption,
  hasFlag,
  JSON_OPTION,
  printJson,
  readFormat,
  textOption,
  type Words,
} from './command.ts';
import { resolveRange } from './range.ts';
import { loadWorkspaceConfig, openWorkspace, type Workspace } from './workspace.ts';

const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

/** More than any host takes of a pull request. */
const MAX_BODY = 1024 * 1024;

const readBody = ({ context }: Workspace, file: string): string => {
  if (file === '-') return context.readInput().toString();
  const content = context.files.read(join(context.cwd, file), MAX_BODY);
  if (content.kind === 'read') return content.text;
  const why = content.kind === 'gone' ? 'it is not there' : content.reason;
  throw new Undecided(
    'usage',
    `${printable(file)} cannot be read: ${why}`,
    'leasehold audit --help',
  );
};

/** The ledger, where this clone has one: elsewhere nobody knows who holds what. */
const readLedger = async ({ context, repository, store }: Workspace) =>
  context.files.list(stateDirectory(repository.commonDir)).length > 0 ? store.read() : undefined;

const auditPullRequest = async (
  workspace: Workspace,
  range: string,
  claims: string | undefined,
): Promise<AuditReport> => {
  const { git } = workspace;
  const { target, tip } = resolveRange(workspace, range);
  const config = loadConfig(git, listTrustedBlobs(git, target));
  const pair = { target, tip };
  const audit = await auditRange(workspace, pair, config);
  const question = claims === undefined ? undefined : { body: readBody(workspace, claims) };
  const ledger = question && (await readLedger(workspace));
  const claimed = question
    ? listFalseClaims(workspace, { ...question, pair, audit, config, ledger })
    : [];
  const findings = [...audit.findings, ...claimed];
  return {
    ...audit,
    findings,
    verdict: concludeVerdict(findings),
    subject: `${tip.slice(0, 10)} against ${audit.base.slice(0, 10)}`,
  };
};

/** Whatever a full scan knows already is let through. */
const withBaseline = (
  findings: AuditOutcome['findings'],
  { head }: AuditSides,
): AuditOutcome['findings'] => {
  const text = head.read(BASELINE_FILE);
  return text === undefined ? findings : applyBaseline(findings, text);
};

const auditWork = (workspace: Workspace, words: Words): AuditReport => {
  let known: Config | undefined;
  const readConfig = (): Config => {
    known ??= loadWorkspaceConfig(workspace);
    return known;
  };
  const sides = openAuditSides(workspace, words, () => readConfig().guard.base);
  const [base] = sides.bases;
  const isWhole = hasFlag(words, 'all');
  const outcome = auditSides(workspace, sides, { config: readConfig(), isWhole });
  const isKnown = isWhole && !hasFlag(words, 'write-baseline');
  const findings = isKnown ? withBaseline(outcome.findings, sides) : outcome.findings;
  return {
    ...outcome,
    findings,
    verdict: concludeVerdict(findings),
    base: base?.commit ?? null,
    subject: base ? `${sides.name} against ${base.commit.slice(0, 10)}` : `all of ${sides.name}`,
    unmerged: undefined,
  };
};

const print = (context: Context, report: AuditReport, format: Format): void => {
  if (format === 'json') printJson(context, toAuditJson(report));
  else if (format === 'sarif') printJson(context, toAuditSarif(report));
  else if (format === 'github') context.print(renderAuditGithub(report));
  else context.print(renderAudit(report, context.palette));
};

/** In one step: a scan that runs meanwhile reads the old one or the new one. */
const writeBaseline = ({ context, repository }: Workspace, { findings }: AuditReport): number => {
  const path = join(repository.top, BASELINE_FILE);
  const fresh = `${path}.${context.createId()}`;
  context.files.create(fresh, renderBaseline(findings));
  context.files.rename(fresh, path);
  const told = findings.filter(({ suppressed }) => suppressed === undefined);
  context.print(`${BASELINE_FILE} has ${countOf(told.length, 'finding')}; commit it`);
  return 0;
};

const run: Command['run'] = async (context, words) => {
  const format = readFormat('audit', words, FORMATS);
  assertAuditWords(words);
  const workspace = openWorkspace(context);
  const range = textOption(words, 'range');
  const report =
    range === undefined
      ? auditWork(workspace, words)
      : await auditPullRequest(workspace, range, textOption(words, 'claims'));
  if (hasFlag(words, 'write-baseline')) return writeBaseline(workspace, report);
  print(context, report, format);
  return exitCodeOf(report.verdict);
};

export const command: Command = {
  usage:
    'leasehold audit [--staged] [--base REF] [--format FORMAT] | --range A..B [--claims FILE] | --all [--write-baseline]',
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
      help: 'what B has since it parted from A, and what its merge into A would bring, as of a pull request',
    },
    base: {
      type: 'string',
      shown: '--base REF',
      help: 'against where this branch parted from REF',
    },
    all: {
      type: 'boolean',
      shown: '--all',
      help: `everything that can be found, whether or not it is new; what ${BASELINE_FILE} has is let through`,
    },
    'write-baseline': {
      type: 'boolean',
      shown: '--write-baseline',
      help: `with --all: write down what is found into ${BASELINE_FILE}`,
    },
    claims: {
      type: 'string',
      shown: '--claims FILE',
      help: 'with --range: the text of the pull request, to be held against what is found; - reads standard input',
    },
    ...formatOption(FORMATS),
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold audit', 'what have I done to what others import?'],
    ['leasehold audit --range origin/main..HEAD', 'would this pull request pass?'],
    ['leasehold audit --range origin/main..HEAD --claims body.md', 'does its text say what is so?'],
    ['leasehold audit --all --format sarif', 'all there is, for a code scanning service'],
    ['leasehold audit --all --write-baseline', 'only what comes after this is to be told'],
  ],
  attends: false,
  run,
};
