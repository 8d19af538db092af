import { type Clock, describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { quoteForeign } from '../kit/quote.ts';
import type { Host, HostAnswer, HostFailure, HostParameters } from './host.ts';
import {
  canWrite,
  type Issue,
  isIssueLike,
  parseComment,
  parseIssue,
  parseLabelling,
  parseMessage,
  parseRefName,
  type Remark,
} from './issue.ts';

/** Which issues of which repository are locks: `repository` as `owner/name`. */
export type IssuePlace = { repository: string; label: string };

/** What a clone is set to: its place by default that of its remote, `api` where it is asked, `maxStale` in milliseconds. */
export type IssueSettings = {
  repository: string | undefined;
  label: string;
  api: string;
  maxStale: number;
};

/** What may be changed of an issue. */
export type IssueEdit = { body?: string; state?: 'closed' };

/** The host of the lock issues, one call a need; each throws `Undecided` where the host does not do it. */
export type IssueCalls = {
  /** The host's time, as far as it is known, in milliseconds since 1970. */
  now(): number;
  /** How much this process has written. */
  written(): number;
  listOpen(): Promise<Issue[]>;
  /** Closed ones, down to those that nobody has touched since `since`. */
  listClosed(since: number): Promise<Issue[]>;
  /** With the label, and more of them for each flag. Undefined where it was not told whether there is one now. */
  open(title: string, body: string, flags?: readonly string[]): Promise<Issue | undefined>;
  find(number: number): Promise<Issue>;
  /** The issue as it is with the change, and the host's time then. */
  edit(number: number, edit: IssueEdit): Promise<{ issue: Issue; at: number }>;
  /** Returns the comment's id. */
  comment(number: number, text: string): Promise<number>;
  removeComment(id: number): Promise<void>;
  listComments(number: number): Promise<Remark[]>;
  /** Who put which label there, in order. */
  listLabellings(number: number): Promise<Remark[]>;
  /** Whether the repository has a branch of just this name. */
  hasBranch(branch: string): Promise<boolean>;
  /** The messages of a pull request's commits, as many as the host tells of. */
  listPullMessages(number: number): Promise<string[]>;
  /** Those of these logins who may write. */
  listWriters(logins: readonly string[]): Promise<ReadonlySet<string>>;
};

/** Two clocks that are this close say the same, for the host tells its time in whole seconds. */
const SAME_TIME = 1_500;

const explain = (
  failure: HostFailure,
  { repository }: IssuePlace,
  now: number,
): [code: 'remote-unreachable' | 'remote-refused', message: string, remedy: string] => {
  const said = quoteForeign(failure.message);
  switch (failure.kind) {
    case 'unauthorised':
      return [
        'remote-refused',
        `GitHub does not accept the token: ${said}`,
        'export LEASEHOLD_GITHUB_TOKEN=… with a token that is valid',
      ];
    case 'forbidden':
      return [
        'remote-refused',
        `GitHub does not let this token do that in ${repository}: ${said}`,
        `give the token write access to the issues of ${repository}`,
      ];
    case 'rate-limited': {
      const until =
        failure.until === undefined ? '' : ` until ${describeInstant(failure.until, now)}`;
      return [
        'remote-unreachable',
        `GitHub answers this token no more${until}: ${said}`,
        'wait until then, or use another token',
      ];
    }
    case 'missing':
      return [
        'remote-refused',
        `GitHub shows this token no issues in ${repository}: ${said}`,
        'check locks.github.repository, that the repository has issues, and what the token may see',
      ];
    case 'invalid':
      return ['remote-refused', `GitHub does not take the issue: ${said}`, 'leasehold doctor'];
    default:
      return [
        'remote-unreachable',
        `GitHub does not answer, or not in full: ${said}`,
        'try again; what you hold stays yours until it expires',
      ];
  }
};

const isUnsure = ({ kind }: HostFailure): boolean => kind === 'server' || kind === 'unreachable';

const ODD_ANSWER: HostFailure = {
  kind: 'server',
  message: 'it answers something else than issues',
};

/** The calls for the lock issues of one repository; who may write is asked once a process. */
export const createIssueCalls = (host: Host, place: IssuePlace, clock: Clock): IssueCalls => {
  const [owner = '', repo = ''] = place.repository.split('/');
  let skew = 0;
  let written = 0;
  const writers = new Map<string, boolean>();

  const now = (): number => clock.now() + skew;
  const undecided = (failure: HostFailure): Undecided =>
    new Undecided(...explain(failure, place, now()), failure);
  const take = (answer: HostAnswer): unknown => {
    if ('failure' in answer) throw undecided(answer.failure);
    const ahead = answer.at === undefined ? 0 : answer.at - clock.now();
    skew = Math.abs(ahead) < SAME_TIME ? 0 : ahead;
    return answer.data;
  };
  const send = (route: string, parameters: HostParameters): Promise<HostAnswer> => {
    if (!route.startsWith('GET ')) written += 1;
    return host.call(route, { owner, repo, ...parameters });
  };
  const ask = async (route: string, parameters: HostParameters): Promise<unknown> =>
    take(await send(route, parameters));
  const listAll = async (
    route: string,
    parameters: HostParameters,
    isEnough?: (items: readonly unknown[]) => boolean,
  ): Promise<unknown[]> => {
    const items = take(await host.list(route, { owner, repo, ...parameters }, isEnough));
    if (Array.isArray(items)) return items;
    throw undecided(ODD_ANSWER);
  };
  const toIssue = (json: unknown): Issue => {
    const issue = parseIssue(json);
    if (issue) return issue;
    throw undecided(ODD_ANSWER);
  };
  const toIssues = (items: readonly unknown[]): Issue[] => {
    // An answer that is no list of issues must not pass for "there are none".
    if (!items.every(isIssueLike)) throw undecided(ODD_ANSWER);
    return items.map(parseIssue).filter((issue) => issue !== undefined);
  };
  const listIssues = async (
    parameters: HostParameters,
    isEnough?: (items: readonly unknown[]) => boolean,
  ): Promise<Issue[]> =>
    toIssues(
      await listAll(
        'GET /repos/{owner}/{repo}/issues',
        { labels: place.label, ...parameters },
        isEnough,
      ),
    );

  /** While one page is read an issue may leave the one before it, and the next one begin too late. */
  const listOpen = async (): Promise<Issue[]> => {
    const list = () => listIssues({ state: 'open', sort: 'created', direction: 'desc' });
    const namesOf = (issues: readonly Issue[]) => issues.map(({ number }) => number).join();
    let issues = await list();
    for (let round = 0; issues.length >= PAGE && round < MAX_ROUNDS; round += 1) {
      const again = await list();
      if (namesOf(again) === namesOf(issues)) return again;
      issues = again;
    }
    if (issues.length < PAGE) return issues;
    throw new Undecided(
      'store-busy',
      'the lock issues keep changing while they are read',
      'leasehold status',
    );
  };

  const canLoginWrite = async (login: string): Promise<boolean> => {
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    const answer = await send(route, { username: login });
    // Nobody of that name here: an account that is gone, or an app.
    if ('failure' in answer && answer.failure.kind === 'missing') return false;
    return canWrite(take(answer));
  };

  return {
    now,
    written: () => written,
    listOpen,
    listClosed: (since) =>
      listIssues({ state: 'closed', sort: 'updated', direction: 'desc' }, (items) =>
        isOlder(items.at(-1), since),
      ),
    open: async (title, body, flags = []) => {
      const route = 'POST /repos/{owner}/{repo}/issues';
      const answer = await send(route, {
        title,
        body,
        labels: [place.label, ...flags.map((flag) => `${place.label}-${flag}`)],
      });
      if ('failure' in answer && isUnsure(answer.failure)) return undefined;
      return toIssue(take(answer));
    },
    find: async (number) =>
      toIssue(
        await ask('GET /repos/{owner}/{repo}/issues/{issue_number}', { issue_number: number }),
      ),
    edit: async (number, edit) => {
      const closing = edit.state === 'closed' ? { state_reason: 'completed' } : {};
      const route = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';
      const answer = await send(route, { issue_number: number, ...edit, ...closing });
      return {
        issue: toIssue(take(answer)),
        at: ('at' in answer ? answer.at : undefined) ?? now(),
      };
    },
    comment: async (number, text) => {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      const json = await ask(route, { issue_number: number, body: text });
      return Number((json as { id?: unknown } | null)?.id);
    },
    removeComment: async (id) => {
      await ask('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { comment_id: id });
    },
    listComments: async (number) =>
      (
        await listAll('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          issue_number: number,
        })
      ).map(parseComment),
    listLabellings: async (number) =>
      (
        await listAll('GET /repos/{owner}/{repo}/issues/{issue_number}/events', {
          issue_number: number,
        })
      )
        .map(parseLabelling)
        .filter((labelling) => labelling !== undefined),
    hasBranch: async (branch) => {
      // One that is not there is an empty list; where the token may not look it is no list.
      const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
      const refs = await ask(route, { ref: `heads/${branch}` });
      if (!Array.isArray(refs)) throw undecided(ODD_ANSWER);
      return refs.some((json) => parseRefName(json) === `refs/heads/${branch}`);
    },
    listPullMessages: async (number) =>
      (
        await listAll('GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', {
          pull_number: number,
        })
      ).map(parseMessage),
    listWriters: async (logins) => {
      for (const login of new Set(logins)) {
        if (!writers.has(login)) writers.set(login, await canLoginWrite(login));
      }
      return new Set([...writers].filter(([, may]) => may).map(([login]) => login));
    },
  };
};

const PAGE = 100;
const MAX_ROUNDS = 6;

const isOlder = (json: unknown, since: number): boolean =>
  Date.parse(String((json as { updated_at?: unknown } | undefined)?.updated_at)) < since;
