import { chooseParser } from '../exports/index.ts';
import { exitCodeOf } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { createGitElsewhere, type Git, resolveCommit } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import {
  type CiReport,
  renderCiGithub,
  renderCiSummary,
  renderCiText,
  toCiJson,
  toCiSarif,
  toCodeQuality,
} from '../report/index.ts';
import {
  type Approver,
  type CiEvent,
  type NoEvent,
  readGithubEvent,
  readGitlabEvent,
} from './ci-event.ts';
import { fetchEvent } from './ci-fetch.ts';
import { type CheckName, judgeEvent } from './ci-judge.ts';
import { closeOnMerge } from './ci-merge.ts';
import {
  type Command,
  type Context,
  type Format,
  formatOption,
  hasFlag,
  JSON_OPTION,
  listOption,
  printJson,
  readFormat,
  textOption,
  type Words,
} from './command.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const FORMATS = ['text', 'json', 'sarif', 'github', 'codequality'] as const;

/** What a check is called, where its host shows it. */
export const CHECK_TITLES: Readonly<Record<CheckName, string>> = {
  all: 'leasehold',
  locks: 'Locks and Owners',
  exports: 'Export Structure Checks',
};

const misused = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold ci --help');

/** Which of the checks; all of them unless one is named. */
export const parseCheck = (named: string | undefined): CheckName => {
  const check = (Object.keys(CHECK_TITLES) as CheckName[]).find(
    (name) => name === (named ?? 'all'),
  );
  if (check) return check;
  throw misused(`--check takes all, locks or exports, not ${printable(named ?? '')}`);
};

const MAX_PAYLOAD = 32 * 1024 * 1024;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it is, it is no event.
    return undefined;
  }
};

/** The event that a workflow of GitHub Actions runs for. */
export const readWorkflowEvent = ({ env, files }: Context): CiEvent | NoEvent => {
  const content = files.read(env.GITHUB_EVENT_PATH ?? '', MAX_PAYLOAD);
  const payload = content.kind === 'read' ? parseJson(content.text) : undefined;
  return readGithubEvent(env.GITHUB_EVENT_NAME ?? '', payload);
};

const isGithub = ({ env }: Context): boolean => env.GITHUB_ACTIONS === 'true';

/** `ann`, or `ann@COMMIT` where it was another commit than the last one that was approved. */
const parseApprover = (git: Git, text: string, head: string): Approver => {
  const [, login = '', commit] = /^@?([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  return { login, commit: commit === undefined ? head : resolveCommit(git, commit) };
};

/** What the command line says: a range, and who has approved it. */
const readTypedEvent = ({ git }: Workspace, words: Words, base: string): CiEvent => {
  const head = resolveCommit(git, textOption(words, 'head') ?? 'HEAD');
  const side = { commit: resolveCommit(git, base) };
  const approvers = listOption(words, 'approved-by').map((text) => parseApprover(git, text, head));
  const pull = { head, covers: [], reviews: approvers };
  return {
    kind: 'range',
    base: side,
    policy: side,
    head: { commit: head },
    isFork: false,
    pulls: approvers.length > 0 ? [pull] : [],
  };
};

const readServedEvent = (context: Context): CiEvent | NoEvent => {
  if (isGithub(context)) return readWorkflowEvent(context);
  if (context.env.GITLAB_CI === 'true') return readGitlabEvent(context.env);
  throw misused('this is neither GitHub Actions nor GitLab CI: say --base A and --head B');
};

const findEvent = (workspace: Workspace, words: Words): CiEvent | NoEvent => {
  const { context } = workspace;
  const base = textOption(words, 'base');
  if (base !== undefined) return readTypedEvent(workspace, words, base);
  if (textOption(words, 'head') !== undefined || listOption(words, 'approved-by').length > 0) {
    throw misused('--head and --approved-by go with --base');
  }
  const event = readServedEvent(context);
  if ('nothing' in event) return event;
  return fetchEvent(createGitElsewhere(context.cwd, context.env), workspace, event);
};

/** What there is nothing to say of. */
export const assertJudgeable = ({ nothing, verdict }: NoEvent): void => {
  if (verdict === 'pass') return;
  throw new Undecided(
    'base-unknown',
    `there is nothing to judge in this event: ${nothing}`,
    'run leasehold on pull_request, merge_group or push',
  );
};

const print = (context: Context, report: CiReport, format: Format): void => {
  // Whoever keeps what a program is to read still wants to read the log, and its host reads commands in it.
  if (format !== 'text' && format !== 'github') {
    const { errorPalette } = context;
    context.tell(isGithub(context) ? renderCiGithub(report) : renderCiText(report, errorPalette));
  }
  if (format === 'json') printJson(context, toCiJson(report));
  else if (format === 'sarif') printJson(context, toCiSarif(report));
  else if (format === 'codequality') printJson(context, toCodeQuality(report));
  else if (format === 'github') context.print(renderCiGithub(report));
  else context.print(renderCiText(report, context.palette));
};

/** The page that GitHub shows of a step. */
const summarise = ({ env, files }: Context, report: CiReport, check: CheckName): void => {
  const path = env.GITHUB_STEP_SUMMARY ?? '';
  if (path === '') return;
  files.append(path, `${renderCiSummary(report, CHECK_TITLES[check])}\n`);
};

const readCiFormat = (context: Context, words: Words): Format => {
  const isNamed = textOption(words, 'format') !== undefined || hasFlag(words, 'json');
  return isNamed || !isGithub(context) ? readFormat('ci', words, FORMATS) : 'github';
};

const run: Command['run'] = async (context, words) => {
  if (words.positionals.length > 0) throw misused('ci takes no PATH');
  if (hasFlag(words, 'on-merge')) return closeOnMerge(openWorkspace(context));
  const check = parseCheck(textOption(words, 'check'));
  if (check !== 'locks') chooseParser('own');
  const format = readCiFormat(context, words);
  const workspace = openWorkspace(context);
  const event = findEvent(workspace, words);
  if ('nothing' in event) {
    assertJudgeable(event);
    context.tell(`leasehold: nothing to judge, for ${event.nothing}`);
    return 0;
  }
  const report = await judgeEvent(workspace, event, check);
  print(context, report, format);
  if (format === 'github') summarise(context, report, check);
  return exitCodeOf(report.verdict);
};

export const command: Command = {
  usage:
    'leasehold ci [--base A --head B [--approved-by LOGIN]] [--check CHECK] [--format FORMAT] | --on-merge',
  about:
    'Judges what a pull request, a merge queue or a push brings: each commit by the grants that it names, and ' +
    'the rest by its committer, by the config and the CODEOWNERS of where it is to go; and what it does to what ' +
    'packages export. In GitHub Actions and GitLab CI it finds out by itself what that is, and fetches what the ' +
    'clone lacks; elsewhere --base and --head say it. Nothing of what is judged is run.',
  options: {
    base: { type: 'string', shown: '--base A', help: 'where it is to go, and whose rules count' },
    head: { type: 'string', shown: '--head B', help: 'what it brings; HEAD unless given' },
    'approved-by': {
      type: 'string',
      multiple: true,
      shown: '--approved-by LOGIN[@COMMIT]',
      help: 'who has approved it, or that commit of it (repeatable)',
    },
    check: {
      type: 'string',
      shown: '--check CHECK',
      help: 'all (the default), locks (with owners), or exports',
    },
    'on-merge': {
      type: 'boolean',
      shown: '--on-merge',
      help: 'in a workflow on pull_request closed: close the lock issues that the merged one ends',
    },
    ...formatOption(FORMATS),
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold ci', 'in a workflow or a pipeline'],
    ['leasehold ci --base origin/main --head HEAD', 'anywhere else'],
    ['leasehold ci --check exports --format codequality', 'for GitLab’s widget'],
  ],
  attends: false,
  run,
};
