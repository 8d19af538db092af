import { type ClaimOutcome, type ClaimRequest, type Denial, decideClaim } from './claim.ts';
import { containsAll } from './entry.ts';
import type { Claim } from './grant.ts';
import type { ApprovalRequest, Decide, Ledger, Plan } from './ledger.ts';

/**
 * One path, or several with the same owners, that somebody has to approve of. `owners` as CODEOWNERS names
 * them; `approvers` are the logins that can, in lower case.
 */
export type ApprovalNeed = { owners: readonly string[]; approvers: readonly string[] };

/** Nothing is in the way but that owners have not approved yet. `url` is where they do; undefined before it is asked. */
export type Awaiting = Denial & {
  awaiting: { owners: readonly string[]; url: string | undefined };
};

const isSame = (a: readonly Claim[], b: readonly Claim[]): boolean =>
  containsAll(a, b) && containsAll(b, a);

const findRequest = (
  ledger: Ledger,
  { holder, claims }: ClaimRequest,
): ApprovalRequest | undefined =>
  ledger.requests?.find((known) => known.holder === holder && isSame(known.claims, claims));

const listMissing = (
  needs: readonly ApprovalNeed[],
  approvedBy: readonly string[],
): readonly ApprovalNeed[] =>
  needs.filter(({ approvers }) => !approvers.some((login) => approvedBy.includes(login)));

/**
 * Decides a claim that owners have to approve of first. What is not free is denied like any other; what is
 * free is asked for once, and granted when for each need one of its owners has approved.
 */
export const decideApprovedClaim =
  (request: ClaimRequest, needs: readonly ApprovalNeed[]): Decide<ClaimOutcome | Awaiting> =>
  (ledger) => {
    const known = findRequest(ledger, request);
    const decision = decideClaim({ ...request, id: known?.id ?? request.id })(ledger);
    if ('again' in decision || !decision.plan?.add || decision.plan.predecessor) return decision;
    const missing = listMissing(needs, known?.approvedBy ?? []);
    if (missing.length === 0) return decision;
    const { ticket } = request;
    const owners = [...new Set(missing.flatMap((need) => need.owners))];
    // Whoever waits for approval stands in no queue: they keep nobody out.
    const waiting = ticket !== undefined && ledger.now < ticket.until;
    const plan: Plan = {
      ...(known ? {} : { request: { grant: decision.plan.add, owners } }),
      ...(ticket ? { leave: ticket.id } : {}),
      events: [],
    };
    const awaiting = { owners, url: known?.url };
    return {
      outcome: { granted: false, waiting, conflicts: [], ahead: [], awaiting },
      plan,
    };
  };
