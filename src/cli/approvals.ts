import {
  type Actor,
  createPolicy,
  listActorOwners,
  loadOwners,
  readHeadBlobs,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { listTracked } from '../kit/git.ts';
import { comparePath } from '../kit/paths.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import {
  type ApprovalNeed,
  type Claim,
  compileClaim,
  compilePattern,
  containsScope,
  isWrite,
  type Ledger,
  listActive,
  loadSettings,
  scopeCovers,
  scopesOverlap,
} from '../locks/index.ts';
import { createOwnersMatcher } from '../owners/index.ts';
import type { Option } from './command.ts';
import type { Workspace } from './workspace.ts';

/** What a claim takes that need not wait for its approval. */
export const URGENT_OPTION = {
  urgent: {
    type: 'string',
    shown: '--urgent REASON',
    help: 'do not wait for an owner’s approval; it is flagged, and told in the log',
  },
} as const satisfies Record<string, Option>;

/** A file that nobody has, in a directory that may be empty. */
const NEW_FILE = '\uf8ff\uf8ff\uf8ff';

const readAsked = ({ clone }: Workspace, { guard }: Config): Claim[] =>
  guard.approval
    .map((text) => compileClaim(text, 'write', { ...clone.rule, compile: compilePattern }))
    .filter((claim): claim is Claim => !('refused' in claim));

/** What of the claims needs an approval: writes that no grant of the holder's own has yet. */
const listWanted = (
  ledger: Ledger,
  holder: string | undefined,
  claims: readonly Claim[],
  asked: readonly Claim[],
): Claim[] => {
  const own = listActive(ledger)
    .filter((grant) => grant.holder === holder)
    .flatMap((grant) => grant.claims.filter(({ mode }) => isWrite(mode)));
  return claims.filter(
    (claim) =>
      isWrite(claim.mode) &&
      asked.some(({ compiled }) => scopesOverlap(compiled, claim.compiled)) &&
      !own.some(({ compiled }) => containsScope(compiled, claim.compiled)),
  );
};

/** The paths that owners are asked for: the files that are there, and what the claims name themselves. */
const listPaths = async (
  { git, clone }: Workspace,
  wanted: readonly Claim[],
  asked: readonly Claim[],
): Promise<string[]> => {
  const covers = (claims: readonly Claim[], path: string): boolean =>
    claims.some(({ compiled }) => scopeCovers(compiled, comparePath(path, clone.rule)));
  const named = wanted
    .filter(({ scope }) => !/^(?:glob|regex):/.test(scope))
    .flatMap(({ scope }) => [scope, `${scope.replace(/\/$/, '')}/${NEW_FILE}`])
    .filter((path) => covers(asked, path));
  const files = await listTracked(git);
  const found = [...named, ...files.filter((path) => covers(wanted, path) && covers(asked, path))];
  if (found.length > 0) return found;
  throw new Undecided(
    'usage',
    'guard.approval asks for an owner’s approval of what these patterns mean, and they mean no file yet',
    'claim paths there, and no patterns',
  );
};

/** Who may approve for an owner: a login, a team's members by the config, and who stands for it there. */
const listApprovers = (
  owner: string,
  identities: Readonly<Record<string, readonly string[]>>,
): string[] => {
  const isSame = (name: string): boolean => name.toLowerCase() === owner.toLowerCase();
  const names = Object.entries(identities)
    .filter(([, owners]) => owners.some(isSame))
    .map(([name]) => name);
  return [owner, ...names].map((name) => name.replace(/^@/, '').toLowerCase());
};

/**
 * Whose approval these claims need, by `guard.approval` and the CODEOWNERS of HEAD; nobody's where the actor
 * owns what is claimed, or holds it already. A path that nobody owns throws `Undecided`: nobody could approve.
 */
export const listNeeds = async (
  workspace: Workspace,
  config: Config,
  actor: Actor,
  { claims, ledger }: { claims: readonly Claim[]; ledger: Ledger },
): Promise<ApprovalNeed[]> => {
  const { context, repository } = workspace;
  if (!loadSettings(context.files, repository.commonDir)?.issues) return [];
  const asked = readAsked(workspace, config);
  const wanted = listWanted(ledger, actor.holder, claims, asked);
  if (wanted.length === 0) return [];
  const { git, blobs } = readHeadBlobs(workspace.git);
  const owners = blobs && loadOwners(git, blobs, config.owners.dialect);
  const matcher = owners && createOwnersMatcher(owners);
  const policy = createPolicy(config, true, null);
  const own = new Set(listActorOwners(actor, policy).map((owner) => owner.toLowerCase()));
  const needs = new Map<string, ApprovalNeed>();
  for (const path of await listPaths(workspace, wanted, asked)) {
    const names = matcher?.find(path).owners ?? [];
    if (names.length === 0) throw nobodyOwns(path);
    if (names.some((name) => own.has(name.toLowerCase()))) continue;
    const approvers = names.flatMap((name) => listApprovers(name, policy.identities));
    needs.set(JSON.stringify(names), { owners: names, approvers });
  }
  return [...needs.values()];
};

const nobodyOwns = (path: string): Undecided =>
  new Undecided(
    'base-unknown',
    `guard.approval asks for an owner’s approval of ${printable(path.replace(NEW_FILE, ''))}, and nobody owns it`,
    'name an owner in CODEOWNERS, or say why it cannot wait: leasehold claim --urgent REASON',
  );

/** For verbs that cannot ask: throws `Undecided` where these claims need an approval first. */
export const assertNoNeeds = async (...asked: Parameters<typeof listNeeds>): Promise<void> => {
  const [need] = await listNeeds(...asked);
  if (!need) return;
  const [, , , { claims }] = asked;
  throw new Undecided(
    'usage',
    `this needs the approval of ${need.owners.map(printable).join(' or ')} first`,
    `leasehold claim -- ${claims.map(({ scope }) => shellQuote(scope)).join(' ')}`,
  );
};
