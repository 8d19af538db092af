import { resolve } from 'node:path';
import {
  assertJudgeable,
  CHECK_TITLES,
  type CheckName,
  type CiEvent,
  type Context,
  fetchEvent,
  judgeEvent,
  listTaken,
  openWorkspace,
  parseCheck,
  readWorkflowEvent,
  type Workspace,
} from '../cli/index.ts';
import { exitCodeOf } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { createGitElsewhere, type Git } from '../kit/git.ts';
import {
  type CiReport,
  countSeverities,
  emptyReport,
  listTold,
  renderCiGithub,
  renderCiSummary,
  toCiSarif,
} from '../report/index.ts';
import type { Host, HostPlace } from './github-store.ts';
import { type Inputs, readInputs, readRepository, tokenSetting, withSettings } from './inputs.ts';
import { findMerged, readReviews } from './pulls.ts';
import { prepareSarifPlace } from './sarif-place.ts';

/** What the action reaches the world by. */
export type ActionWorld = {
  context: Context;
  openHost: (place: HostPlace) => Host;
};

const findHost = ({ context, openHost }: ActionWorld, { token }: Inputs): Host | undefined => {
  const { env } = context;
  const repository = readRepository(env);
  if (token === '' || !repository) return undefined;
  return openHost({
    url: env.GITHUB_API_URL ?? 'https://api.github.com',
    token,
    ...repository,
  });
};

/** Whether the checkout has left a token of its own: a second one would be one too many for the host. */
const hasToken = (git: Git): boolean =>
  git.run(['config', '--name-only', '--get-regexp', '^http\\..*\\.extraheader$']).code === 0;

/**
 * Where the repository lies, and an environment in which git may read from its host. In a container the
 * workspace is somebody else's, and git would not look at it; the job has made it.
 */
const enter = (context: Context, { path, token }: Inputs): Context => {
  const cwd = resolve(context.env.GITHUB_WORKSPACE ?? context.cwd, path);
  // Locks that are issues are read with it, too.
  const known = token === '' ? {} : { GITHUB_TOKEN: token };
  const own = { ...context.env, ...known, INPUT_TOKEN: undefined, GIT_TERMINAL_PROMPT: '0' };
  const env = withSettings(own, [['safe.directory', cwd]]);
  const needsToken = token !== '' && !hasToken(createGitElsewhere(cwd, env));
  return { ...context, cwd, env: needsToken ? withSettings(env, [tokenSetting(env, token)]) : env };
};

const complete = async (
  workspace: Workspace,
  event: CiEvent,
  { host, remote }: { host: Host | undefined; remote: Git },
): Promise<CiEvent> => {
  const there = event.kind === 'push' ? fetchEvent(remote, workspace, event) : event;
  const commits = event.kind === 'push' && host ? listTaken(workspace, there) : [];
  const merged = await findMerged(host, there, commits);
  const pulls = await Promise.all(
    [...there.pulls, ...merged].map((pull) => readReviews(host, pull)),
  );
  return fetchEvent(remote, workspace, { ...there, pulls });
};

/** `sarif` is where its log goes; undefined where there is no place for it. */
type Judged = { report: CiReport; check: CheckName; sarif: string | undefined };

const judge = async (world: ActionWorld, inputs: Inputs, check: CheckName): Promise<CiReport> => {
  const context = enter(world.context, inputs);
  const event = readWorkflowEvent(context);
  if ('nothing' in event) {
    assertJudgeable(event);
    return emptyReport('push', undefined);
  }
  const workspace = openWorkspace(context);
  const remote = createGitElsewhere(context.cwd, context.env);
  const known = { host: findHost(world, inputs), remote };
  return judgeEvent(workspace, await complete(workspace, event, known), check);
};

const toFailure = (error: unknown): Undecided => {
  if (error instanceof Undecided && error.code === 'not-a-repository') {
    return new Undecided(error.code, error.message, 'check it out first, with actions/checkout');
  }
  return error instanceof Undecided
    ? error
    : new Undecided(
        'internal',
        `a fault of leasehold itself: ${error instanceof Error ? error.message : String(error)}`,
        'report it, with this log',
        error,
      );
};

/** A new file, where `prepareSarifPlace` has made room for one: it is never written through a link. */
const writeSarif = ({ files }: Context, { report, sarif }: Judged): void => {
  if (sarif !== undefined) files.create(sarif, `${JSON.stringify(toCiSarif(report), null, 2)}\n`);
};

const writeOutputs = ({ env, files }: Context, { report, sarif = '' }: Judged): void => {
  const { errors, warnings } = countSeverities(listTold(report));
  const values = {
    verdict: report.verdict,
    errors,
    warnings,
    'not-judged': report.notJudged.length,
    'sarif-file': sarif.replaceAll('\n', ''),
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  if (env.GITHUB_OUTPUT) files.append(env.GITHUB_OUTPUT, lines.join(''));
};

const tell = (context: Context, judged: Judged): void => {
  const { report, check } = judged;
  context.print(renderCiGithub(report));
  const { GITHUB_STEP_SUMMARY: summary } = context.env;
  if (summary) context.files.append(summary, `${renderCiSummary(report, CHECK_TITLES[check])}\n`);
  writeSarif(context, judged);
  writeOutputs(context, judged);
};

/** One run of the action; returns the exit code. What fails is told as what could not be decided. */
export const runAction = async (world: ActionWorld): Promise<number> => {
  const inputs = readInputs(world.context.env);
  let check: CheckName = 'all';
  let report: CiReport;
  let sarif: string | undefined;
  try {
    sarif = prepareSarifPlace(world.context, inputs);
    check = parseCheck(inputs.check);
    report = await judge(world, inputs, check);
  } catch (error) {
    report = emptyReport('change', toFailure(error));
  }
  tell(world.context, { report, check, sarif });
  return exitCodeOf(report.verdict);
};
