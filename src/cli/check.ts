import { join } from 'node:path';
import {
  exitCodeOf,
  type GateContext,
  type Judgement,
  judgeCommit,
  judgeCommits,
  judgePaths,
  undecided,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { decodeNames, readHeadId } from '../kit/git.ts';
import { directoryOf, trimSlashes } from '../kit/paths.ts';
import {
  describeMode,
  type Occasion,
  renderFindings,
  renderGithub,
  renderJudgement,
  toJudgementJson,
  toJudgementSarif,
} from '../report/index.ts';
import {
  AS_OPTION,
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
import { withCommitExports, withRangeExports } from './export-gate.ts';
import { gateContext } from './gate-context.ts';
import { asSeenHere, parseRange, resolveRange } from './range.ts';
import { parseTypedPath } from './typed.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

type Check = {
  occasion: string;
  judge: (gate: GateContext) => Promise<Judgement>;
};

/** What keeps the range from being found is a verdict too: a report in every format. */
const judgeRange = async (
  workspace: Workspace,
  gate: GateContext,
  range: string,
): Promise<Judgement> => {
  try {
    const { target, tip, commits } = resolveRange(workspace, range);
    const seen = asSeenHere(workspace, gate, target);
    const judgement = await judgeCommits(seen, { trusted: target, target, commits });
    return await withRangeExports(workspace, judgement, { target, tip });
  } catch (failure) {
    return undecided(failure, undefined);
  }
};

/** So many names go into one command line. */
const AT_ONCE = 500;

const toPathspec = (path: string): string => (path === '.' ? ':(top)' : `:(top,literal)${path}`);

const listBelow = ({ git, repository }: Workspace, paths: readonly string[]): string[] => {
  // A bare repository has no files: the paths stand for themselves.
  if (repository.top === '') return [];
  const words = ['ls-files', '-z', '--full-name', '--cached', '--others', '--exclude-standard'];
  return decodeNames(git.read([...words, '--', ...paths.map(toPathspec)]));
};

/** Which of these, at or below the paths, are submodules. */
const listSubmodules = ({ git, repository }: Workspace, paths: readonly string[]): string[] => {
  if (repository.top === '') return [];
  const words = ['ls-files', '-z', '--full-name', '--stage', '--', ...paths.map(toPathspec)];
  return decodeNames(git.read(words))
    .filter((entry) => entry.startsWith('160000 '))
    .map((entry) => entry.slice(entry.indexOf('\t') + 1));
};

/**
 * What writing these paths writes: of a directory the files below it, for nobody writes the directory itself; a
 * submodule, with a slash behind it, stands for all that is in it.
 */
const listWritten = (workspace: Workspace, typed: readonly string[]): string[] => {
  const { context, repository } = workspace;
  const paths = [...new Set(typed.map(trimSlashes))];
  const others = paths.filter((path) => !context.isFile(join(repository.top, path)));
  const [listed, submodules] = [new Set<string>(), new Set<string>()];
  for (let at = 0; at < others.length; at += AT_ONCE) {
    const some = others.slice(at, at + AT_ONCE);
    for (const path of listBelow(workspace, some)) listed.add(path);
    for (const path of listSubmodules(workspace, some)) submodules.add(path);
  }
  const directories = new Set<string>();
  for (const path of listed) {
    let above = directoryOf(path);
    for (; above !== '' && !directories.has(above); above = directoryOf(above)) {
      directories.add(above);
    }
  }
  if (listed.size > 0) directories.add('.');
  const written = new Set([
    ...paths.filter((path) => !directories.has(path)),
    ...[...listed].sort(),
  ]);
  return [...written].map((path) => (submodules.has(path) ? `${path}/` : path));
};

const readCheck = (workspace: Workspace, words: Words): Check => {
  const range = textOption(words, 'range');
  if (range !== undefined) {
    // What is no range at all is a mistake of the command line.
    parseRange(range);
    return { occasion: 'range', judge: (gate) => judgeRange(workspace, gate, range) };
  }
  if (hasFlag(words, 'paths')) {
    const typed = words.positionals.map((word) => parseTypedPath(workspace, word));
    const paths = listWritten(workspace, typed);
    const head = readHeadId(workspace.git);
    return { occasion: 'change', judge: (gate) => judgePaths(gate, head, paths) };
  }
  const judge = async (gate: GateContext) =>
    withCommitExports(workspace, await judgeCommit(gate, undefined));
  return { occasion: 'commit', judge };
};

const assertOneSubject = (words: Words): void => {
  const given = ['staged', 'range', 'paths'].filter((name) => words.values[name] !== undefined);
  const isClear = given.length <= 1 && words.positionals.length > 0 === hasFlag(words, 'paths');
  if (isClear) return;
  throw new Undecided(
    'usage',
    'check takes one of --staged, --range A..B, --paths PATH…',
    'leasehold check --help',
  );
};

const renderVerdict = (judgement: Judgement, occasion: Occasion, { palette }: Context): string => {
  const { findings, changes, failure, mode } = judgement;
  if (findings.length > 0 || failure) return renderJudgement(judgement, occasion, palette);
  const why = changes.length > 0 || mode === 'off' ? '' : ', for it changes nothing';
  const quiet = palette.good(`Nothing stands against this ${occasion.name}${why}.`);
  const notJudged = renderFindings(judgement, occasion, palette);
  return notJudged === '' ? quiet : `${quiet}\n${notJudged}`;
};

/** Whoever asks is not to take a guard that is off for a yes. */
const renderText = (judgement: Judgement, occasion: Occasion, context: Context): string => {
  const mode = describeMode(judgement);
  const told = renderVerdict(judgement, occasion, context);
  return mode === undefined ? told : `${told}\n${context.palette.warn(mode)}`;
};

const report = (
  context: Context,
  format: Format,
  judgement: Judgement,
  occasion: Occasion,
): void => {
  if (format === 'json') printJson(context, toJudgementJson(judgement));
  else if (format === 'sarif') printJson(context, toJudgementSarif(judgement));
  else if (format === 'github') context.print(renderGithub(judgement, occasion));
  else context.print(renderText(judgement, occasion, context));
};

const run: Command['run'] = async (context, words) => {
  assertOneSubject(words);
  const format = readFormat('check', words, FORMATS);
  const workspace = openWorkspace(context);
  const check = readCheck(workspace, words);
  const judgement = await check.judge(gateContext(workspace, textOption(words, 'as')));
  const { prefix } = workspace.repository;
  const occasion = {
    name: check.occasion,
    prefix,
    verbose: hasFlag(words, 'verbose'),
    again: 'the same command with --verbose',
  };
  report(context, format, judgement, occasion);
  return exitCodeOf(judgement.verdict);
};

export const command: Command = {
  usage: 'leasehold check [--staged | --range A..B | --paths PATH…] [--format FORMAT]',
  about:
    'Judges what is staged, the commits of a range, or paths that you are about to write, by the same ' +
    'rules as the hooks. A range is judged as a pull request is: the commits that B has since it parted from ' +
    'A, by the config and the CODEOWNERS of A; A...B says the same. Exits with 0 where nothing stands ' +
    'against it, 1 where it is refused, 2 where nobody could tell.',
  options: {
    staged: {
      type: 'boolean',
      shown: '--staged',
      help: 'what the next commit would have (this is the default)',
    },
    range: {
      type: 'string',
      shown: '--range A..B',
      help: 'each commit of a range, by its committer',
    },
    paths: {
      type: 'boolean',
      shown: '--paths PATH…',
      help: 'paths, as if they were changed; of a directory all below it',
    },
    verbose: {
      type: 'boolean',
      shown: '--verbose',
      help: 'every path and every remark, however many there are',
    },
    ...formatOption(FORMATS),
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold check', 'would this commit pass?'],
    ['leasehold check --paths src/lib.rs', 'may I write this file?'],
    ['leasehold check --range origin/main..HEAD', 'would this pull request pass?'],
    ['leasehold check --range origin/main..HEAD --format github', 'the same as annotations, in CI'],
  ],
  run,
};
