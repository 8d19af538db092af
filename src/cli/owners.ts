import { createPolicy, listActorOwners } from '../guard/index.ts';
import { decodeNames } from '../kit/git.ts';
import { findNearest } from '../kit/nearest.ts';
import { isWithin, trimSlashes } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import {
  createAskingMatcher,
  createOwnersIndex,
  createOwnersScan,
  listAskedSections,
  type OwnersScan,
} from '../owners/index.ts';
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
import { printAnswers, reportLint, reportStats, reportUnowned, usage } from './owners-reports.ts';
import { type OwnersSide, openOwnersSide } from './owners-side.ts';
import { openWorkspace, parseTypedPath, type Workspace } from './workspace.ts';

const FORMATS = ['text', 'json', 'csv', 'sarif'] as const;

/** What a command line asks of CODEOWNERS: about paths, or one of the questions about a whole tree. */
type Question = 'paths' | 'owner' | 'unowned' | 'stats' | 'lint';

const readsInput = (words: Words): boolean => hasFlag(words, 'stdin') || hasFlag(words, 'null');

const readQuestion = (words: Words): Question => {
  const asked = (['owner', 'unowned', 'stats', 'lint'] as const).filter(
    (name) => words.values[name] !== undefined,
  );
  const [question, ...others] = asked;
  const hasPaths = words.positionals.length > 0;
  if (others.length > 0) throw usage('owners takes one of --owner, --unowned, --stats, --lint');
  if (hasPaths && readsInput(words)) throw usage('paths are given, or read with --stdin, not both');
  if (question === 'lint' && (hasPaths || readsInput(words))) {
    throw usage('--lint is about the whole file, and takes no PATH');
  }
  if (question !== undefined) return question;
  if (hasPaths || readsInput(words)) return 'paths';
  throw usage('no PATH was given, nor --owner, --unowned, --stats or --lint for the whole tree');
};

/** Most names of a listing need no second look. */
const isTidy = (path: string): boolean =>
  !path.startsWith('/') && !/(?:^|\/)(?:\.{0,2}(?:\/|$)|(?:glob|regex):)/.test(path);

const toRepoPath = (workspace: Workspace, typed: string): string => {
  const { prefix } = workspace.repository;
  return isTidy(typed) ? prefix + typed : parseTypedPath(workspace, typed);
};

const readPaths = (workspace: Workspace, words: Words): string[] => {
  if (!readsInput(words)) return words.positionals.map((typed) => parseTypedPath(workspace, typed));
  const input = workspace.context.readInput();
  // Lines end as NULs do, for whoever's names have no line ends in them.
  const names = hasFlag(words, 'null')
    ? input
    : Buffer.from(input.map((byte) => (byte === 0x0a ? 0 : byte)));
  return decodeNames(names).map((typed) => toRepoPath(workspace, typed));
};

/** The paths that a question about a tree is about: all of it, or what is given or lies below that. */
const listAsked = (workspace: Workspace, words: Words, side: OwnersSide): string[] => {
  if (readsInput(words)) return readPaths(workspace, words);
  const tree = side.listTree();
  const below = readPaths(workspace, words).map((path) => trimSlashes(path === '.' ? '' : path));
  if (below.length === 0) return tree;
  return tree.filter((path) => below.some((above) => isWithin(path, above)));
};

/** From how many paths on the index of a whole tree pays for itself. */
const MANY = 200;

const answerPaths = (
  side: OwnersSide,
  scan: OwnersScan,
  paths: readonly string[],
): OwnersAnswer[] => {
  const index = paths.length > MANY ? createOwnersIndex(side.owners) : scan;
  // `docs/` asks about what is below, which is no name that a tree has.
  return paths.map((path) => ({ path, ...(path.endsWith('/') ? scan : index).find(path) }));
};

/** Every line that covers each path, and the one that took the path away from it. */
const tellCovering = (scan: OwnersScan, answers: readonly OwnersAnswer[]): OwnersAnswer[] =>
  answers.map((answer) => {
    const covering = scan.findAll(answer.path).map(({ section, rule }) => {
      const decision = answer.decisions.find((one) => one.section === section)?.rule ?? null;
      return { rule, section, takenBy: decision === rule ? null : decision };
    });
    return { ...answer, covering };
  });

/** Whom the guard asks beyond the owners, because careful readings of the file differ. */
const tellReadings = ({ owners }: OwnersSide, answers: readonly OwnersAnswer[]): OwnersAnswer[] => {
  const asking = createAskingMatcher({ ...owners, sections: listAskedSections(owners) });
  return answers.map((answer) => {
    const asked = asking.find(answer.path).owners;
    return { ...answer, alsoAsked: asked.filter((owner) => !answer.owners.includes(owner)) };
  });
};

/** Every line where it was asked for; else, of paths that somebody typed, the lines that lost them. */
const addLines = (
  side: OwnersSide,
  scan: OwnersScan,
  answers: readonly OwnersAnswer[],
  asked: { format: Format; explains: boolean; isTyped: boolean },
): readonly OwnersAnswer[] => {
  if (asked.explains) return tellReadings(side, tellCovering(scan, answers));
  if (asked.format !== 'text' || !asked.isTyped) return answers;
  return tellCovering(scan, answers).map(({ covering = [], ...answer }) => ({
    ...answer,
    covering: covering.filter(({ takenBy }) => takenBy !== null),
  }));
};

const warnInvalid = ({ tell, errorPalette }: Context, { owners }: OwnersSide): void => {
  const { path, problems } = owners;
  for (const { line, message } of problems) {
    tell(`${errorPalette.warn('warning:')} ${path}:${line}: ${printable(message)}`);
  }
};

/** NAME itself, and what the config maps it to where it is a holder's name or an e-mail. */
const listOwnersOf = (name: string, { config }: OwnersSide): string[] => {
  const actor = {
    holder: name,
    source: 'flag',
    named: true,
    email: undefined,
    session: undefined,
  } as const;
  return [name, ...listActorOwners(actor, createPolicy(config, true, null))];
};

const tellUnknownOwner = (context: Context, side: OwnersSide, names: readonly string[]): void => {
  const rules = side.owners.sections.flatMap((section) => section.rules);
  const known = [...new Set(rules.flatMap(({ owners }) => owners))];
  const isNamed = known.some((owner) =>
    names.some((name) => name.toLowerCase() === owner.toLowerCase()),
  );
  if (isNamed) return;
  const nearest = findNearest(names[0] ?? '', known);
  const hint = nearest ? `; did you mean ${printable(nearest)}?` : '';
  context.tell(
    `note: no line of ${side.owners.path} names ${names.map(printable).join(', ')}${hint}`,
  );
};

const filterByOwner = (
  context: Context,
  side: OwnersSide,
  answers: readonly OwnersAnswer[],
  name: string,
): OwnersAnswer[] => {
  const names = listOwnersOf(name, side);
  tellUnknownOwner(context, side, names);
  const wanted = new Set(names.map((owner) => owner.toLowerCase()));
  return answers.filter(({ owners }) => owners.some((owner) => wanted.has(owner.toLowerCase())));
};

const run: Command['run'] = async (context, words) => {
  const question = readQuestion(words);
  const format = readFormat(words, FORMATS);
  const workspace = openWorkspace(context);
  const side = openOwnersSide(workspace, words);
  if (question === 'lint') return reportLint(context, side, format);
  if (format === 'text') warnInvalid(context, side);
  const explains = hasFlag(words, 'explain');
  const scan = createOwnersScan(side.owners);
  if (question === 'paths') {
    const answers = answerPaths(side, scan, readPaths(workspace, words));
    const asked = { format, explains, isTyped: !readsInput(words) };
    printAnswers(context, side, addLines(side, scan, answers, asked), format);
    return 0;
  }
  const answers = answerPaths(side, scan, listAsked(workspace, words, side));
  if (question === 'unowned') {
    const unowned = answers.filter(({ state }) => state !== 'owned');
    return reportUnowned(context, side, unowned, format);
  }
  if (question === 'stats') reportStats(context, answers, format);
  else {
    const theirs = filterByOwner(context, side, answers, textOption(words, 'owner') ?? '');
    const asked = { format, explains, isTyped: false };
    printAnswers(context, side, addLines(side, scan, theirs, asked), format);
  }
  return 0;
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
