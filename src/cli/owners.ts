import { listTrustedBlobs, loadOwners } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { readHeadId } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import { createOwnersMatcher, OWNERS_PLACES, type OwnersRule } from '../owners/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { type Command, type Context, hasFlag, JSON_OPTION, printJson } from './command.ts';
import { openWorkspace, parseTypedPath, type Workspace } from './workspace.ts';

/** One path's answer, and every rule that covers it: those before the last were taken away by it. */
type Answer = {
  path: string;
  state: 'owned' | 'unowned' | 'unmatched';
  owners: readonly string[];
  rule: OwnersRule | null;
  covering: readonly OwnersRule[];
};

const readOwnersFile = ({ git }: Workspace) => {
  const head = readHeadId(git);
  const file = head === undefined ? undefined : loadOwners(git, listTrustedBlobs(git, head));
  if (file) return file;
  throw new Undecided(
    'base-unknown',
    `HEAD has no CODEOWNERS (looked in ${OWNERS_PLACES.join(', ')})`,
    'commit a CODEOWNERS file first',
  );
};

const renderAnswer = (answer: Answer, file: string, { palette }: Context): string => {
  const { path, state, owners, rule, covering } = answer;
  const who = state === 'owned' ? owners.map(printable).join(' ') : 'nobody';
  const why = rule ? `${file}:${rule.line} ${printable(rule.pattern)}` : 'no rule covers it';
  const lost = covering
    .filter((earlier) => earlier !== rule)
    .map(({ line, pattern, owners: had }) =>
      palette.faint(
        `    line ${line} ${printable(pattern)} ${had.map(printable).join(' ')}: taken away by line ${rule?.line}`,
      ),
    );
  return [
    `${palette.strong(printable(path))}  ${palette.good(who)}  ${palette.faint(why)}`,
    ...lost,
  ].join('\n');
};

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  if (words.positionals.length === 0) {
    throw new Undecided('usage', 'no PATH was given', 'leasehold owners PATH…');
  }
  const file = readOwnersFile(workspace);
  const matcher = createOwnersMatcher(file.rules);
  const answers = words.positionals.map((typed): Answer => {
    const path = parseTypedPath(workspace, typed);
    return { path, ...matcher.find(path), covering: matcher.findAll(path) };
  });
  if (hasFlag(words, 'json')) {
    const paths = answers.map(({ path, state, owners, rule }) => ({
      path,
      state,
      owners,
      rule: rule && { pattern: rule.pattern, line: rule.line },
    }));
    printJson(context, { version: JSON_VERSION, paths });
  } else {
    for (const answer of answers) context.print(renderAnswer(answer, file.path, context));
    for (const { line, message } of file.problems) {
      context.tell(
        `${context.errorPalette.warn('warning:')} ${file.path}:${line}: ${printable(message)}`,
      );
    }
  }
  return 0;
};

export const command: Command = {
  usage: 'leasehold owners PATH…',
  about:
    'Who owns a path by HEAD’s CODEOWNERS: the owners, the rule and its line, and the earlier lines that ' +
    'a later one took it away from.',
  options: {
    ...JSON_OPTION,
  },
  examples: [['leasehold owners src/lib.rs docs/', 'a file and a directory']],
  run,
};
