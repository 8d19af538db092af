import { Undecided } from '../kit/errors.ts';
import { type Git, readLine } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import {
  type Clone,
  closeMergedIssues,
  compilePattern,
  createGithubHost,
  createIssueCalls,
  createIssueStore,
  createLocalSide,
  createPageCache,
  type Freshness,
  type Host,
  type IssueCalls,
  type IssueContext,
  type IssueMirrorContext,
  type IssueSettings,
  isOurs,
  type KnowsEmail,
  type Merged,
  type MergeOutcome,
  type Mirrored,
  mirrorToIssues,
  type NeedsOf,
  readThroughMirror,
  type Store,
} from '../locks/index.ts';
import type { Context } from './command.ts';

/** Where everybody's API is; whoever's token the environment has, it is for this one. */
const PUBLIC_API = 'https://api.github.com';

/** Our own variable says that the token is for where the config sends it; GitHub's say so of GitHub alone. */
const findToken = (env: NodeJS.ProcessEnv, api: string): string => {
  const isGithubs = api === PUBLIC_API || api === env.GITHUB_API_URL;
  const others = isGithubs ? [env.GITHUB_TOKEN, env.GH_TOKEN] : [];
  const token = [env.LEASEHOLD_GITHUB_TOKEN, ...others].find((one) => (one ?? '') !== '');
  if (token !== undefined) return token;
  throw new Undecided(
    'remote-refused',
    `the locks are issues at ${printable(api)}, and there is no token for it`,
    'export LEASEHOLD_GITHUB_TOKEN=… (of an account that may write to the repository)',
  );
};

const REMOTE = /[/:]([A-Za-z0-9-]+\/[A-Za-z0-9._-]+?)(?:\.git)?\/?$/;

/** `owner/name`: as it is set, or where the clone came from. */
const findRepository = (git: Git, { repository }: IssueSettings): string => {
  const known =
    repository ?? REMOTE.exec(readLine(git, ['remote', 'get-url', 'origin']) ?? '')?.[1];
  if (known !== undefined) return known;
  throw new Undecided(
    'usage',
    'nothing says whose issues are locks: no locks.github.repository, no remote origin',
    'set locks.github.repository to owner/name in leasehold.config.json, then: leasehold init',
  );
};

/** Only a call needs a token: whoever reads what is here already goes on without. */
const createLateHost = (create: () => Host): Host => {
  let host: Host | undefined;
  const open = (): Host => {
    host ??= create();
    return host;
  };
  return {
    call: (...asked) => open().call(...asked),
    list: (...asked) => open().list(...asked),
  };
};

/** The lock issues of this clone's settings, to be asked one by one. */
const openIssueCalls = (
  context: Context,
  { git, clone, settings, freshness }: IssueSite,
): IssueCalls => {
  const { files, clock, createId: uniqueName, env } = context;
  const { api, label } = settings;
  const cache = createPageCache({ files, clock, uniqueName, clone, knowsEmail: () => false });
  const limits = () => {
    const { limit, attempts } = freshness();
    return { patience: limit, isOnce: attempts === 1 };
  };
  const host = createLateHost(() =>
    createGithubHost({
      ...{ api, cache, limits },
      token: findToken(env, api),
      userAgent: `leasehold/${VERSION}`,
    }),
  );
  return createIssueCalls(host, { repository: findRepository(git, settings), label }, clock);
};

/** Where lock issues are asked from. */
export type IssueSite = {
  git: Git;
  clone: Clone;
  settings: IssueSettings;
  freshness: () => Freshness;
};

/** What the store of lock issues works with, and whoever closes them for a merge. */
const openIssueContext = (
  context: Context,
  site: IssueSite,
  knowsEmail: KnowsEmail,
): IssueContext => {
  const { files, clock, random, createId: uniqueName } = context;
  const { clone, settings } = site;
  return {
    calls: openIssueCalls(context, site),
    ...{ clock, random, label: settings.label },
    rule: { ...clone.rule, compile: compilePattern },
    local: createLocalSide({ files, clock, uniqueName, clone, knowsEmail }),
  };
};

/** The store of lock issues, with readings as new as is asked for. */
export const openIssueStore = (
  context: Context,
  site: IssueSite,
  about: { knowsEmail: KnowsEmail; tell: (message: string) => void; needsOf: NeedsOf },
): Store => {
  const { knowsEmail, tell, needsOf } = about;
  const { files, clock } = context;
  const { clone, freshness } = site;
  const store = createIssueStore({ ...openIssueContext(context, site, knowsEmail), needsOf });
  return readThroughMirror(store, { files, clock, clone, freshness, tell });
};

/** What shows the locks of a store that are no issues themselves. */
export const openIssueMirror = (
  context: Context,
  site: IssueSite,
  { store, readLedger }: Pick<IssueMirrorContext, 'store' | 'readLedger'>,
): (() => Promise<Mirrored>) => {
  const { files, clock, createId: uniqueName } = context;
  const { clone, settings, freshness } = site;
  return () =>
    mirrorToIssues({
      ...{ files, clock, uniqueName, clone, store, readLedger, label: settings.label },
      rule: { ...clone.rule, compile: compilePattern },
      // Only where a grant was claimed does it say on which machine.
      isOwn: (grant) => isOurs(grant) && (store === 'file' || grant.about.host !== undefined),
      calls: () => openIssueCalls(context, site),
      patience: freshness().limit,
    });
};

/** Closes the lock issues that a merged pull request ends. */
export const closeIssuesOfMerge = (
  context: Context,
  site: IssueSite,
  merged: Merged,
): Promise<MergeOutcome> =>
  closeMergedIssues(
    openIssueContext(context, site, () => false),
    merged,
  );
