/**
 * A commit by the branch that it is the tip of, as the remote has it now, else by its id or a revision. With a
 * branch the commit is one of that branch's, by the word of the host. `isOld`: what is here of the branch may be
 * older than what the host has.
 */
export type Side = { branch?: string; commit?: string; isOld?: true };

/** An approving review: by whom, and of which commit. */
export type Approver = { login: string; commit: string };

/** A pull request (or a merge request), as far as its host says of it. */
export type Pull = {
  /** Undefined where there is none: a range that somebody has reviewed all the same. */
  number?: number;
  title?: string;
  /** What its author says of it. */
  body?: string;
  author?: string;
  /** Its last commit; undefined where the event does not say. */
  head?: string;
  /** Commits of the event that the host made of it, a squash say: its own commits are judged instead. */
  covers: readonly string[] | 'all';
  /** Reviews that approve it, the last of each reviewer; a text where they could not be read, and why. */
  reviews: readonly Approver[] | string;
};

/** What is to be judged: where it is to go, what it brings, and whose rules count. */
export type CiEvent = {
  kind: 'pull request' | 'push' | 'merge group' | 'range';
  base: Side;
  /** Whose config and CODEOWNERS are in force. */
  policy: Side;
  head: Side;
  isFork: boolean;
  pulls: readonly Pull[];
  /** What could not be fetched, though it can be judged without it: `what: why`. */
  notFetched?: readonly string[];
};

/** Why there is nothing to judge, in words that end a sentence; `undecided` where there should have been. */
export type NoEvent = { nothing: string; verdict: 'pass' | 'undecided' };

const unknownEvent = (nothing: string): NoEvent => ({ nothing, verdict: 'undecided' });

const NOT_READ = 'nothing here reads them';

const isZero = (id: string): boolean => /^0*$/.test(id);

/** Somebody's JSON: what is asked for is taken, whatever else is there. */
type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** An id that git can be given; anything else is none. */
const idOf = (value: unknown): string | undefined => {
  const id = textOf(value);
  return id !== undefined && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(id) && !isZero(id)
    ? id
    : undefined;
};

const given = <Key extends string, Value>(key: Key, value: Value | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

const sideOf = (branch: string | undefined, commit: string | undefined): Side => ({
  ...given('branch', branch),
  ...given('commit', commit),
});

/** A branch, of which the commit is none; the commit where no branch is known. */
const sideOfBranch = (branch: string | undefined, commit: string | undefined): Side =>
  sideOf(branch, branch === undefined ? commit : undefined);

const branchOf = (ref: string | undefined): string | undefined =>
  ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;

const readPullRequest = (payload: Json): CiEvent | NoEvent => {
  const pull = objectOf(payload.pull_request);
  const [head, base] = [objectOf(pull.head), objectOf(pull.base)];
  const [commit, target] = [idOf(head.sha), sideOf(textOf(base.ref), idOf(base.sha))];
  if (commit === undefined || typeof pull.number !== 'number')
    return unknownEvent('it names no head');
  const [from, to] = [head, base].map((side) => textOf(objectOf(side.repo).full_name));
  return {
    kind: 'pull request',
    base: target,
    policy: target,
    head: sideOf(textOf(head.ref), commit),
    // A head whose repository is gone was a fork.
    isFork: from !== to,
    pulls: [
      {
        number: pull.number,
        ...given('title', textOf(pull.title)),
        ...given('body', textOf(pull.body)),
        ...given('author', textOf(objectOf(pull.user).login)),
        head: commit,
        covers: [],
        reviews: NOT_READ,
      },
    ],
  };
};

/** The queue's branch is named for the pull request that it is to merge. */
const QUEUE = /\/pr-(\d+)-[0-9a-f]+$/;

const readMergeGroup = (payload: Json): CiEvent | NoEvent => {
  const group = objectOf(payload.merge_group);
  const [head, base] = [idOf(group.head_sha), idOf(group.base_sha)];
  const number = QUEUE.exec(textOf(group.head_ref) ?? '')?.[1];
  if (head === undefined || base === undefined) return unknownEvent('it names no head');
  return {
    kind: 'merge group',
    base: { commit: base },
    // What stands before it in the queue is not merged yet, and its rules are not in force.
    policy: sideOfBranch(branchOf(textOf(group.base_ref)), base),
    head: { commit: head },
    isFork: false,
    pulls:
      number === undefined ? [] : [{ number: Number(number), covers: 'all', reviews: NOT_READ }],
  };
};

const readPush = (payload: Json): CiEvent | NoEvent => {
  const [before, after] = [idOf(payload.before), idOf(payload.after)];
  if (after === undefined) return { nothing: 'it deletes a ref', verdict: 'pass' };
  const main = textOf(objectOf(payload.repository).default_branch);
  const branch = branchOf(textOf(payload.ref));
  const old = sideOf(undefined, before);
  return {
    kind: 'push',
    base: before === undefined ? sideOf(main, undefined) : old,
    // Whoever pushes to a branch of their own must not choose the rules with the first push of two.
    policy: branch === main && before !== undefined ? old : sideOfBranch(main, before),
    head: sideOf(branch, after),
    isFork: false,
    pulls: [],
  };
};

const PULL_EVENTS = ['pull_request', 'pull_request_target', 'pull_request_review'];

/** An event of GitHub Actions, by its name and its payload. */
export const readGithubEvent = (name: string, payload: unknown): CiEvent | NoEvent => {
  const json = objectOf(payload);
  if (PULL_EVENTS.includes(name)) return readPullRequest(json);
  if (name === 'merge_group') return readMergeGroup(json);
  if (name === 'push') return readPush(json);
  return unknownEvent('it brings no change');
};

type Env = Readonly<Record<string, string | undefined>>;

/** A text that the host has cut says less than its author did. */
const readDescription = (env: Env): string | undefined =>
  env.CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED === 'true'
    ? undefined
    : textOf(env.CI_MERGE_REQUEST_DESCRIPTION);

/** What GitLab CI says of a merge request, or of a push. */
export const readGitlabEvent = (env: Env): CiEvent | NoEvent => {
  const commit = idOf(env.CI_COMMIT_SHA);
  if (commit === undefined) return unknownEvent('it names no commit');
  const target = textOf(env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME);
  if (target === undefined) {
    return readPush({
      before: env.CI_COMMIT_BEFORE_SHA,
      after: commit,
      ref: env.CI_COMMIT_BRANCH === undefined ? undefined : `refs/heads/${env.CI_COMMIT_BRANCH}`,
      repository: { default_branch: env.CI_DEFAULT_BRANCH },
    });
  }
  const known = idOf(env.CI_MERGE_REQUEST_TARGET_BRANCH_SHA);
  const base = sideOf(target, known ?? idOf(env.CI_MERGE_REQUEST_DIFF_BASE_SHA));
  // Whoever made the branch has chosen where it parted, and must not choose the rules with it.
  // A merged results pipeline runs on a merge that GitLab has made; what is asked about is the branch.
  const head = idOf(env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA) ?? commit;
  return {
    kind: 'pull request',
    base,
    policy: sideOf(target, known),
    head: sideOf(textOf(env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME), head),
    isFork: env.CI_MERGE_REQUEST_SOURCE_PROJECT_ID !== env.CI_MERGE_REQUEST_PROJECT_ID,
    pulls: [
      {
        number: Number(env.CI_MERGE_REQUEST_IID ?? 0),
        ...given('title', textOf(env.CI_MERGE_REQUEST_TITLE)),
        ...given('body', readDescription(env)),
        head,
        covers: [],
        reviews: NOT_READ,
      },
    ],
  };
};
