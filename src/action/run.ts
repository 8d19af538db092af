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
import { type Inputs, readInputs, readRepository, trustWorkspace, withToken } from './inputs.ts';
import { findMerged, readReviews } from './pulls.ts';

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

/** Where the repository lies, and an environment for git in which no token and no holder is. */
const enter = (context: Context, { path }: Inputs): Context => {
  const cwd = resolve(context.env.GITHUB_WORKSPACE ?? context.cwd, path);
  return { ...context, cwd, env: trustWorkspace({ ...context.env, INPUT_TOKEN: undefined }, cwd) };
};

/** Without a token first: where the checkout has left one, a second would be one too many. */
const listGits = ({ cwd, env }: Context, { token }: Inputs): Git[] => [
  createGitElsewhere(cwd, env),
  ...(token === '' ? [] : [createGitElsewhere(cwd, withToken(env, token))]),
];

const complete = async (
  workspace: Workspace,
  event: CiEvent,
  { host, gits }: { host: Host | undefined; gits: readonly Git[] },
): Promise<CiEvent> => {
  const there = event.kind === 'push' ? fetchEvent(gits, workspace, event) : event;
  const commits = event.kind === 'push' && host ? listTaken(workspace, there) : [];
  const merged = await findMerged(host, there, commits);
  const pulls = await Promise.all(
    [...there.pulls, ...merged].map((pull) => readReviews(host, pull)),
  );
  return fetchEvent(gits, workspace, { ...there, pulls });
};

type Judged = { report: CiReport; check: CheckName; inputs: Inputs };

const judge = async (world: ActionWorld, inputs: Inputs, check: CheckName): Promise<CiReport> => {
  const context = enter(world.context, inputs);
  const event = readWorkflowEvent(context);
  if ('nothing' in event) {
    assertJudgeable(event);
    return emptyReport('push', undefined);
  }
  const workspace = openWorkspace(context);
  const known = { host: findHost(world, inputs), gits: listGits(context, inputs) };
  return judgeEvent(workspace, await complete(workspace, event, known), check);
};

const toFailure = (error: unknown): Undecided =>
  error instanceof Undecided
    ? error
    : new Undecided(
        'internal',
        `a fault of leasehold itself: ${error instanceof Error ? error.message : String(error)}`,
        'report it, with this log',
        error,
      );

/** Beside the workspace, where nothing of what is judged can lead it astray. */
const sarifPath = ({ env, cwd }: Context, { sarif }: Inputs): string => {
  if (sarif === '') return resolve(env.RUNNER_TEMP ?? cwd, 'leasehold.sarif');
  return resolve(env.GITHUB_WORKSPACE ?? cwd, sarif);
};

const writeSarif = (context: Context, { report, inputs }: Judged): string => {
  const { files } = context;
  const path = sarifPath(context, inputs);
  files.remove(path);
  files.create(path, `${JSON.stringify(toCiSarif(report), null, 2)}\n`);
  return path;
};

const writeOutputs = ({ env, files }: Context, { report }: Judged, sarif: string): void => {
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
  writeOutputs(context, judged, writeSarif(context, judged));
};

/** One run of the action; returns the exit code. What fails is told as what could not be decided. */
export const runAction = async (world: ActionWorld): Promise<number> => {
  const inputs = readInputs(world.context.env);
  let check: CheckName = 'all';
  let report: CiReport;
  try {
    check = parseCheck(inputs.check);
    report = await judge(world, inputs, check);
  } catch (error) {
    report = emptyReport('change', toFailure(error));
  }
  tell(world.context, { report, check, inputs });
  return exitCodeOf(report.verdict);
};
