import { printable } from '../kit/quote.ts';
import { createOwnersIndex, createOwnersMatcher } from '../owners/index.ts';
import type { OwnersAnswer } from '../report/index.ts';
import {
  type Command,
  type Context,
  type Format,
  formatOption,
  hasFlag,
  JSON_OPTION,
  readFormat,
  textOption,
  type Words,
} from './command.ts';
import {
  answerPaths,
  explainAnswers,
  filterByOwner,
  listAsked,
  tellLost,
} from './owners-answers.ts';
import { type AskedPaths, readsInput, selectBelow, startPaths } from './owners-paths.ts';
import { printAnswers, reportLint, reportStats, reportUnowned, usage } from './owners-reports.ts';
import { type OwnersSide, openOwnersSide } from './owners-side.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const FORMATS = ['text', 'json', 'csv', 'sarif'] as const;

/** What a command line asks of CODEOWNERS: about paths, or one of the questions about a whole tree. */
type Question = 'paths' | 'owner' | 'unowned' | 'stats' | 'lint';

const assertSensible = (words: Words, question: Question): void => {
  const hasPaths = words.positionals.length > 0;
  if (hasPaths && readsInput(words)) throw usage('paths are given, or read with --stdin, not both');
  if (question === 'lint' && (hasPaths || readsInput(words))) {
    throw usage('--lint is about the whole file, and takes no PATH');
  }
  if (hasFlag(words, 'explain') && (question === 'lint' || question === 'stats')) {
    throw usage(`--${question} has nothing to --explain`);
  }
  if (textOption(words, 'owner') === '') throw usage('--owner needs a NAME');
};

const readQuestion = (words: Words): Question => {
  const asked = (['owner', 'unowned', 'stats', 'lint'] as const).filter(
    (name) => words.values[name] !== undefined,
  );
  const [question = 'paths', ...others] = asked;
  if (others.length > 0) throw usage('owners takes one of --owner, --unowned, --stats, --lint');
  assertSensible(words, question);
  if (question !== 'paths' || words.positionals.length > 0 || readsInput(words)) return question;
  throw usage('no PATH was given, nor --owner, --unowned, --stats or --lint for the whole tree');
};

/** Up to how many typed paths are told at length. */
const FEW = 10;

/** Every line where it was asked for; else, of a few paths that somebody typed, the lines that lost them. */
const addLines = (
  side: OwnersSide,
  words: Words,
  answers: readonly OwnersAnswer[],
  format: Format,
): readonly OwnersAnswer[] => {
  if (hasFlag(words, 'explain')) return explainAnswers(side, answers);
  const isTyped = words.positionals.length > 0 && answers.length <= FEW;
  return isTyped && format === 'text' ? tellLost(side, answers) : answers;
};

const warnInvalid = ({ tell, errorPalette }: Context, { owners }: OwnersSide): void => {
  const { path, problems } = owners;
  for (const { line, message } of problems) {
    tell(`${errorPalette.warn('warning:')} ${path}:${line}: ${printable(message)}`);
  }
};

/** What is asked: paths that are given, of which a few may be all it is `about`, or a tree. */
type Asked = {
  side: OwnersSide;
  paths: AskedPaths | undefined;
  about: readonly string[] | undefined;
};

const answerAll = async (
  workspace: Workspace,
  words: Words,
  { side, paths, about }: Asked,
): Promise<OwnersAnswer[]> => {
  // Built while git lists the tree, or the paths come in.
  const matcher = about ? createOwnersMatcher(side.owners) : createOwnersIndex(side.owners);
  if (paths) return answerPaths(matcher, await paths.all);
  return answerPaths(matcher, selectBelow(workspace, words, await side.tree));
};

const run: Command['run'] = async (context, words) => {
  const question = readQuestion(words);
  const format = readFormat('owners', words, FORMATS);
  const workspace = openWorkspace(context);
  const wantsTree = question !== 'paths' && !readsInput(words);
  const paths = wantsTree ? undefined : startPaths(workspace, words);
  const about = question === 'paths' && paths?.few ? listAsked(paths.few) : undefined;
  const side = openOwnersSide(workspace, words, { wantsTree, about });
  if (question === 'lint') return reportLint(context, side, format);
  if (format === 'text') warnInvalid(context, side);
  const answers = await answerAll(workspace, words, { side, paths, about });
  if (question === 'paths') {
    printAnswers(context, side, addLines(side, words, answers, format), format);
    return 0;
  }
  if (question === 'stats') {
    reportStats(context, answers, format);
    return 0;
  }
  if (question === 'owner') {
    const theirs = filterByOwner(context, side, answers, textOption(words, 'owner') ?? '');
    const told = hasFlag(words, 'explain') ? explainAnswers(side, theirs) : theirs;
    printAnswers(context, side, told, format);
    return 0;
  }
  const unowned = answers.filter(({ ownership }) => ownership.state !== 'owned');
  const told = hasFlag(words, 'explain') ? explainAnswers(side, unowned) : unowned;
  return reportUnowned(context, side, told, format);
};

export const command: Command = {
  usage: 'leasehold owners PATH… | --owner NAME | --unowned | --stats | --lint',
  about:
    'Who owns a path by HEAD’s CODEOWNERS: the owners, the rule and its line, and the earlier lines that ' +
    'a later one took it away from. Or what somebody owns, what nobody owns, how much everybody owns, ' +
    'and what is wrong with the file. --lint exits with 1 where the host skips a line.',
  options: {
    explain: { type: 'boolean', shown: '--explain', help: 'every line that covers a path' },
    owner: {
      type: 'string',
      shown: '--owner NAME',
      help: 'the files of an owner, or of whoever the config maps NAME to',
    },
    unowned: { type: 'boolean', shown: '--unowned', help: 'the files that nobody owns' },
    stats: { type: 'boolean', shown: '--stats', help: 'how many files each owner has' },
    lint: {
      type: 'boolean',
      shown: '--lint',
      help: 'invalid, ambiguous, repeated, shadowed and dead lines, and unknown owners',
    },
    stdin: { type: 'boolean', shown: '--stdin', help: 'paths from standard input, one a line' },
    null: { type: 'boolean', short: 'z', shown: '-z, --null', help: 'the same, each ended by NUL' },
    ref: { type: 'string', shown: '--ref REF', help: 'CODEOWNERS and files of this commit' },
    worktree: {
      type: 'boolean',
      shown: '--worktree',
      help: 'those of the working tree; --lint’s default',
    },
    ...formatOption(FORMATS),
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold owners src/lib.rs docs/', 'a file and a directory'],
    ['git diff --name-only -z main | leasehold owners -z', 'whoever is to be asked about a change'],
    ['leasehold owners --owner @org/core src/', 'what a team owns below src/'],
    ['leasehold owners --lint --format sarif', 'for a code scanning service'],
  ],
  run,
};
