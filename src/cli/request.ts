import { type Actor, bindsSession } from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { readLine } from '../kit/git.ts';
import { printable, shellCommand, shellQuote } from '../kit/quote.ts';
import {
  bodyOf,
  type Claim,
  type ClaimRequest,
  coversEverything,
  type GrantNotes,
} from '../locks/index.ts';
import { hasFlag, listOption, type Option, textOption, type Words } from './command.ts';
import { readTtl } from './ttl.ts';
import { parseTypedScopes } from './typed.ts';
import { createTicket } from './waiting.ts';
import { requireHolder, type Workspace } from './workspace.ts';

/** What every command takes that names claims. */
export const SCOPE_OPTIONS = {
  read: {
    type: 'string',
    multiple: true,
    shown: '--read SCOPE',
    help: 'claim to read: others may read too, nobody may change it (repeatable)',
  },
  doc: {
    type: 'string',
    multiple: true,
    shown: '--doc SCOPE',
    help: 'claim a documentation directory to write, shown apart (repeatable)',
  },
  broad: {
    type: 'boolean',
    shown: '--broad',
    help: 'allow the whole repository, or very many scopes',
  },
} as const satisfies Record<string, Option>;

/** What every command takes that makes a grant. */
export const GRANT_OPTIONS = {
  ...SCOPE_OPTIONS,
  ttl: { type: 'string', shown: '--ttl 1h', help: 'how long: 90s, 15m, 1h30m, 2d' },
  task: { type: 'string', shown: '--task TEXT', help: 'what for; others see it' },
  parent: {
    type: 'string',
    shown: '--parent NUMBER',
    help: 'the issue that this is a part of',
  },
  confine: {
    type: 'boolean',
    shown: '--confine',
    help: 'refuse my own changes outside this claim',
  },
} as const satisfies Record<string, Option>;

const isTooMuch = (message: string, remedy: string): Undecided =>
  new Undecided('scope-refused', message, remedy);

/** The same scopes in the same modes, for another command line. */
export const repeatScopes = (words: Words, command: string): string => {
  const options = ['read', 'doc'].flatMap((mode) =>
    listOption(words, mode).map((scope) => `--${mode}=${shellQuote(scope)}`),
  );
  return shellCommand([command, ...options].join(' '), words.positionals);
};

/** `--broad` is asked for where claims are on everything, or more than `locks.maxScopes` of them. */
export const assertModest = (claims: readonly Claim[], words: Words, { locks }: Config): void => {
  if (hasFlag(words, 'broad')) return;
  const everything = claims.find((claim) => coversEverything(claim.compiled));
  if (everything) {
    throw isTooMuch(
      `${JSON.stringify(everything.scope)} covers the whole repository, and nobody else could work`,
      'claim what you need, or say that you mean it: leasehold claim --broad SCOPE',
    );
  }
  if (claims.length <= locks.maxScopes) return;
  throw isTooMuch(
    `${claims.length} scopes are more than locks.maxScopes allows in one grant (${locks.maxScopes})`,
    'claim their directories, or say that you mean it: leasehold claim --broad SCOPE…',
  );
};

/** git takes nothing in from a directory of this name, at any depth and in any case. */
const isGitsOwn = ({ compiled: { scope } }: Claim): boolean =>
  scope.kind !== 'regex' && /(?:^|\/)\.git(?:\/|$)/i.test(bodyOf(scope));

/** A claim on what no commit can change would be granted, and hold nothing. */
const assertTrackable = (claims: readonly Claim[]): void => {
  const own = claims.find(isGitsOwn);
  if (!own) return;
  throw new Undecided(
    'scope-refused',
    `${JSON.stringify(own.scope)} cannot be claimed: git tracks nothing in .git, so a lock there would hold nobody back`,
    'claim paths that commits can change: leasehold claim SCOPE…',
  );
};

/** The claims of a command line, in the order of its modes. */
export const readClaims = (
  workspace: Workspace,
  words: Words,
  config: Config,
  verb: string,
): Claim[] => {
  const claims = [
    ...parseTypedScopes(workspace, words.positionals, 'write'),
    ...parseTypedScopes(workspace, listOption(words, 'read'), 'read'),
    ...parseTypedScopes(workspace, listOption(words, 'doc'), 'doc-write'),
  ];
  if (claims.length === 0) {
    throw new Undecided('usage', 'no SCOPE was given', `leasehold ${verb} --help`);
  }
  assertTrackable(claims);
  assertModest(claims, words, config);
  return claims;
};

/** `604` or `#604`. */
const readParent = (words: Words): number | undefined => {
  const text = textOption(words, 'parent');
  if (text === undefined) return undefined;
  if (/^#?[1-9]\d{0,8}$/.test(text)) return Number(text.replace('#', ''));
  throw new Undecided(
    'usage',
    `--parent ${printable(text)} is no number of an issue`,
    'write it as 604',
  );
};

const describeMaking = (workspace: Workspace, words: Words, actor: Actor): GrantNotes => {
  const { context, git, repository } = workspace;
  const notes: [keyof GrantNotes, string | number | boolean | undefined][] = [
    ['task', textOption(words, 'task')],
    ['email', actor.email],
    ['worktree', repository.top || undefined],
    ['branch', readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD'])],
    ['host', context.host],
    ['session', bindsSession(actor) ? actor.session : undefined],
    ['confine', hasFlag(words, 'confine') || undefined],
    ['parentIssue', readParent(words)],
  ];
  return Object.fromEntries(notes.filter(([, value]) => value !== undefined && value !== ''));
};

/** A command line as the request for a grant; it waits as many milliseconds as `patience` says. */
export const createRequest = (
  workspace: Workspace,
  words: Words,
  {
    actor,
    config,
    claims,
    patience,
  }: {
    actor: Actor;
    config: Config;
    claims: readonly Claim[];
    patience: number;
  },
): ClaimRequest => {
  const about = describeMaking(workspace, words, actor);
  const holder = requireHolder(actor);
  const ticket = createTicket(workspace, { holder, claims, task: about.task }, patience);
  const request = {
    holder,
    claims,
    ttl: readTtl(words, config),
    id: workspace.context.createId(),
    about,
  };
  return ticket ? { ...request, ticket } : request;
};
