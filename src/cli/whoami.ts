import {
  type Actor,
  type ActorSource,
  HOLDER_VARIABLE,
  type IdentitySources,
  listActorOwners,
  listIdentities,
  resolveActor,
  SESSION_VARIABLES,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { listActive } from '../locks/index.ts';
import { describeActor, JSON_VERSION, toActorJson } from '../report/index.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
} from './command.ts';
import { describeNearMiss, listNearMisses } from './near-miss.ts';
import { listSources, loadHeadPolicy, openWorkspace } from './workspace.ts';

/** What one source says: a holder, nothing, or why it cannot be told. */
type Said = { source: ActorSource; holder: string | undefined; problem: string | undefined };

const ask = (source: ActorSource, find: () => string | undefined): Said => {
  try {
    return { source, holder: find(), problem: undefined };
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return { source, holder: undefined, problem: error.message };
  }
};

const listSaid = (sources: IdentitySources): Said[] =>
  listIdentities(sources).map(([source, find]) => ask(source, find));

const SOURCES: Record<ActorSource, string> = {
  flag: '--as',
  environment: HOLDER_VARIABLE,
  'session-grant': 'claims of this session',
  worktree: 'this worktree',
  session: 'agent session',
  email: "git's e-mail",
  grant: 'the commit’s grant',
  committer: 'the committer',
};

const WIDTH = Math.max(...Object.values(SOURCES).map((name) => name.length));

const renderSaid = ({ source, holder, problem }: Said, actor: Actor): string => {
  const mark = source === actor.source ? '>' : ' ';
  const what = holder === undefined ? (problem ?? '-') : quoteName(holder);
  return `${mark} ${SOURCES[source].padEnd(WIDTH)}  ${printable(what)}`;
};

const describeSession = (actor: Actor): string[] => {
  if (actor.session === undefined) return [];
  const session = quoteName(actor.session);
  return [
    `agent session ${session} (${SESSION_VARIABLES.join(', ')}): whoever shares it is one holder, unless ${HOLDER_VARIABLE} or a worktree of their own names them`,
  ];
};

type Account = {
  actor: Actor;
  said: readonly Said[];
  near: readonly string[];
  owners: readonly string[];
  grants: readonly string[];
};

const renderAccount = ({ actor, said, near, owners, grants }: Account, { palette }: Context) => [
  palette.strong(describeActor(actor)),
  palette.faint('the first of these that is set:'),
  ...said.map((one) => renderSaid(one, actor)),
  ...(near.length > 0 ? [palette.warn(describeNearMiss(actor.holder ?? '', near))] : []),
  ...(actor.email !== undefined && actor.email !== actor.holder
    ? [`committing as ${quoteName(actor.email)}`]
    : []),
  ...describeSession(actor),
  owners.length > 0
    ? `stands for ${owners.map(printable).join(' ')}`
    : 'stands for no owner (owners.identities in leasehold.config.json)',
  `holds ${grants.length} ${grants.length === 1 ? 'grant' : 'grants'}`,
];

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  const ledger = await workspace.store.read();
  const sources = listSources(workspace, textOption(words, 'as'), ledger);
  const actor = resolveActor(sources);
  const said = listSaid(sources);
  const near = listNearMisses(ledger, actor.holder ?? '');
  const owners = listActorOwners(actor, loadHeadPolicy(workspace));
  const grants = listActive(ledger)
    .filter((grant) => grant.holder === actor.holder)
    .map((grant) => grant.id);
  if (hasFlag(words, 'json')) {
    printJson(context, {
      version: JSON_VERSION,
      ...toActorJson(actor),
      session: actor.session ?? null,
      sources: said.map(({ source, holder, problem }) => ({
        source,
        holder: holder ?? null,
        ...(problem === undefined ? {} : { problem }),
      })),
      near_misses: near,
      owners,
      grants,
    });
    return 0;
  }
  const account = { actor, said, near, owners, grants };
  for (const line of renderAccount(account, context)) context.print(line);
  return 0;
};

export const command: Command = {
  usage: 'leasehold whoami [--as HOLDER]',
  about:
    `Who you are to leasehold, and why: --as, then ${HOLDER_VARIABLE}, then the holder that this agent ` +
    'session has claimed as, then the holder that this worktree is dedicated to (leasehold worktree add, ' +
    'leasehold claim --bind), then the session itself, then git’s e-mail. Holders compare exactly; names ' +
    'that are nearly yours are told.',
  options: {
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [[`${HOLDER_VARIABLE}=codex leasehold whoami`, 'as another holder']],
  run,
};
