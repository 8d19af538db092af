import {
  exitCodeOf,
  type GateContext,
  type Judgement,
  judgeCommit,
  judgeCommits,
  judgePaths,
  scanRange,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, readHeadId, readLine, resolveCommit } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import { type Occasion, renderJudgement, toJudgementJson } from '../report/index.ts';
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
import { gateContext, openWorkspace, parseTypedPath, type Workspace } from './workspace.ts';

/** `A..B`, or `A...B` for what B has since they parted. */
const parseRange = (git: Git, range: string): { base: string; tip: string } => {
  const match = /^(.*?)(\.{2,3})(.*)$/.exec(range);
  if (!match) {
    throw new Undecided(
      'usage',
      `--range takes A..B, not ${printable(range)}`,
      'leasehold check --help',
    );
  }
  const [, from = '', dots, to = ''] = match;
  const tip = resolveCommit(git, to === '' ? 'HEAD' : to);
  const start = resolveCommit(git, from === '' ? 'HEAD' : from);
  const base = dots === '...' ? readLine(git, ['merge-base', start, tip]) : start;
  if (base !== undefined) return { base, tip };
  throw new Undecided(
    'base-unknown',
    `${printable(range)} has no common commit`,
    'git fetch --unshallow',
  );
};

const FORMATS = ['text', 'json'] as const;

type Check = {
  occasion: string;
  judge: (gate: GateContext) => Promise<Judgement>;
};

const readCheck = (workspace: Workspace, words: Words): Check => {
  const { git } = workspace;
  const range = textOption(words, 'range');
  if (range !== undefined) {
    const { base, tip } = parseRange(git, range);
    const commits = scanRange(git, [tip, `^${base}`]);
    return {
      occasion: 'range',
      judge: (gate) => judgeCommits(gate, { trusted: base, commits, target: base }),
    };
  }
  if (hasFlag(words, 'paths')) {
    const paths = words.positionals.map((typed) => parseTypedPath(workspace, typed));
    const head = readHeadId(git);
    return { occasion: 'change', judge: (gate) => judgePaths(gate, head, paths) };
  }
  return { occasion: 'commit', judge: (gate) => judgeCommit(gate, undefined) };
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

const report = (
  context: Context,
  format: Format,
  judgement: Judgement,
  occasion: Occasion,
): void => {
  if (format === 'json') {
    printJson(context, toJudgementJson(judgement));
    return;
  }
  const text = renderJudgement(judgement, occasion, context.palette);
  const quiet = context.palette.good(`Nothing stands against this ${occasion.name}.`);
  context.print(text === '' ? quiet : text);
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
  usage: 'leasehold check [--staged | --range A..B | --paths PATH…] [--format text|json]',
  about:
    'Judges what is staged, the commits of a range, or paths that you are about to write, by the same ' +
    'rules as the hooks. Exits with 0 where nothing stands against it, 1 where it is refused, 2 where ' +
    'nobody could tell.',
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
    paths: { type: 'boolean', shown: '--paths PATH…', help: 'paths, as if they were changed' },
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
    ['leasehold check --range origin/main..HEAD', 'would this push pass?'],
  ],
  run,
};
