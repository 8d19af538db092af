import { parseInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { loadSettings, type Merged, type MergeOutcome } from '../locks/index.ts';
import type { Context } from './command.ts';
import { closeIssuesOfMerge } from './issue-place.ts';
import { defaultSettings, type Workspace } from './workspace.ts';

const MAX_PAYLOAD = 32 * 1024 * 1024;

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it is, it is no event.
    return undefined;
  }
};

const repositoryOf = (side: unknown): string => textOf(objectOf(objectOf(side).repo).full_name);

/** The event of a closed pull request → what was merged; undefined where it was not merged, or is no such event. */
export const parseMerged = (payload: unknown): Merged | undefined => {
  const pull = objectOf(objectOf(payload).pull_request);
  // Everybody claims there: a merge of it into another branch ends nobody's task.
  const main = textOf(objectOf(objectOf(payload).repository).default_branch);
  if (pull.merged !== true || typeof pull.number !== 'number') return undefined;
  const isOwn = repositoryOf(pull.head) === repositoryOf(pull.base);
  const branch = isOwn ? textOf(objectOf(pull.head).ref) : '';
  const author = textOf(objectOf(pull.user).login).toLowerCase();
  return {
    number: pull.number,
    texts: [textOf(pull.title), textOf(pull.body)],
    author: author === '' ? undefined : author,
    at: parseInstant(textOf(pull.merged_at)),
    branch: branch === '' || branch === main ? undefined : branch,
  };
};

const readMerged = ({ env, files }: Context): Merged | undefined => {
  const content = files.read(env.GITHUB_EVENT_PATH ?? '', MAX_PAYLOAD);
  if (content.kind === 'read') return parseMerged(parseJson(content.text));
  throw new Undecided(
    'usage',
    'no event says what was merged: this is for GitHub Actions, on pull_request closed',
    'leasehold ci --help',
  );
};

/** As long as CI waits for GitHub, and it asks anew whatever it has. */
const PATIENT = { isFresh: () => false, limit: 20_000, attempts: 4, need: 'newest' } as const;

const NOTHING: MergeOutcome = { closed: [], kept: [], failure: undefined };

const closeLocks = async (workspace: Workspace, merged: Merged): Promise<MergeOutcome> => {
  const { context, git, repository, clone } = workspace;
  const known = loadSettings(context.files, repository.commonDir);
  const { issues } = known ?? defaultSettings(workspace);
  if (!issues) return NOTHING;
  const site = { git, clone, settings: issues, freshness: () => PATIENT };
  return closeIssuesOfMerge(context, site, merged);
};

/**
 * `leasehold ci --on-merge`: closes the lock issues that the merged pull request of this event ends. Returns the
 * exit code; throws `Undecided` where not all that is to be known of it was told, once the others are closed.
 */
export const closeOnMerge = async (workspace: Workspace): Promise<number> => {
  const { context } = workspace;
  const merged = readMerged(context);
  const { closed, kept, failure } = merged ? await closeLocks(workspace, merged) : NOTHING;
  const named = closed.map((number) => `#${number}`).join(', ');
  context.print(closed.length > 0 ? `Closed lock issues: ${named}` : 'No lock issue to close.');
  for (const { number, why } of kept) {
    context.print(`Left open: #${number}, for ${why}. Close it where its work is done.`);
  }
  if (failure) throw failure;
  return 0;
};
