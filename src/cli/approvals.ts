import { type Actor, createPolicy, listActorOwners } from '../guard/index.ts';
import { formatSpan } from '../kit/clock.ts';
import type { Config } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import {
  type ApprovalNeed,
  type Claim,
  containsScope,
  type Grant,
  isWrite,
  type Ledger,
  lifeOf,
  listActive,
  loadSettings,
} from '../locks/index.ts';
import {
  findNeeds,
  listAsking,
  type Needs,
  openApprovalSide,
  toKnownPath,
} from './approval-needs.ts';
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

/** What no grant of the holder's own has yet for as long at a time. */
const leaveOutOwn = (
  ledger: Ledger,
  holder: string | undefined,
  { claims, ttl }: Pick<Asked, 'claims' | 'ttl'>,
): Claim[] => {
  const own = listActive(ledger)
    .filter((grant) => grant.holder === holder && ttl <= lifeOf(grant))
    .flatMap((grant) => grant.claims.filter(({ mode }) => isWrite(mode)));
  return claims.filter(
    (claim) => !own.some(({ compiled }) => containsScope(compiled, claim.compiled)),
  );
};

/** What claims need of owners, the actor not being one. */
const findOpenNeeds = async (
  { context, repository, git, clone }: Workspace,
  config: Config,
  actor: Actor,
  claims: readonly Claim[],
): Promise<Needs> => {
  if (!loadSettings(context.files, repository.commonDir)?.issues) return { needs: [] };
  const side = openApprovalSide(git, config, { rule: clone.rule, commit: undefined });
  const wanted = listAsking(side, claims);
  if (wanted.length === 0) return { needs: [] };
  const policy = createPolicy(config, true, null);
  const own = new Set(listActorOwners(actor, policy).map((owner) => owner.toLowerCase()));
  return findNeeds(side, wanted, (owners) => owners.some((name) => own.has(name.toLowerCase())));
};

/** What is to be granted, for so many milliseconds at a time. */
type Asked = { claims: readonly Claim[]; ledger: Ledger; ttl: number };

/**
 * Whose approval these claims need, by `guard.approval` and the CODEOWNERS of HEAD; nobody's where the actor
 * owns what is claimed, or holds it already for as long at a time. What nobody could approve of throws `Undecided`.
 */
export const listNeeds = async (
  workspace: Workspace,
  config: Config,
  actor: Actor,
  { claims, ledger, ttl }: Asked,
): Promise<ApprovalNeed[]> => {
  const wanted = leaveOutOwn(ledger, actor.holder, { claims, ttl });
  const found = await findOpenNeeds(workspace, config, actor, wanted);
  if ('needs' in found) return found.needs;
  if ('unnamed' in found) throw nobodyNamed(found.unnamed);
  throw found.unowned === null ? nothingMeant() : nobodyOwns(toKnownPath(found.unowned));
};

/**
 * How long a grant of the actor's may be renewed for, of `ttl` milliseconds: where it takes an approval, for no
 * longer at a time than it was granted for.
 */
export const limitRenewal = async (
  workspace: Workspace,
  config: Config,
  actor: Actor,
  { grant, ttl }: { grant: Grant; ttl: number },
): Promise<number> => {
  const life = lifeOf(grant);
  if (ttl <= life) return ttl;
  const found = await findOpenNeeds(workspace, config, actor, grant.claims);
  if ('needs' in found && found.needs.length === 0) return ttl;
  const { context } = workspace;
  context.tell(
    `${context.errorPalette.warn('note:')} this takes an approval, and is renewed for ${formatSpan(life)} at a time, as it was granted`,
  );
  return life;
};

const nothingMeant = (): Undecided =>
  new Undecided(
    'usage',
    'guard.approval asks for an owner’s approval of what these patterns mean, and they mean no file yet',
    'claim paths there, and no patterns',
  );

const nobodyOwns = (path: string): Undecided =>
  new Undecided(
    'base-unknown',
    `guard.approval asks for an owner’s approval of ${printable(path)}, and nobody owns it`,
    'name an owner in CODEOWNERS, or say why it cannot wait: leasehold claim --urgent REASON',
  );

const nobodyNamed = (owners: readonly string[]): Undecided => {
  const [first = ''] = owners;
  const member = first.includes('/') ? { [first]: ['@LOGIN'] } : { '@LOGIN': [first] };
  return new Undecided(
    'base-unknown',
    `guard.approval asks for an approval by ${owners.map(printable).join(' or ')}, and the config names nobody who could comment for them`,
    `say who in leasehold.config.json: "owners": { "identities": ${printable(JSON.stringify(member))} }`,
  );
};

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
