import { type ClaimOutcome, type ClaimRequest, type Denial, decideClaim } from './claim.ts';
import { containsAll } from './entry.ts';
import { type Claim, type Grant, lifeOf } from './grant.ts';
import { isApprovalOf, renderApproval } from './issue-approval.ts';
import type { Approval, ApprovalRequest, Decide, Ledger, Plan } from './ledger.ts';

/**
 * One path, or several with the same owners, that somebody has to approve of. `owners` as CODEOWNERS names
 * them; `approvers` are the logins that can, in lower case.
 */
export type ApprovalNeed = { owners: readonly string[]; approvers: readonly string[] };

/**
 * Nothing is in the way but that owners have not approved yet. `url` is where they do, undefined before it is
 * asked, and `approval` what they say there.
 */
export type Awaiting = Denial & {
  awaiting: { owners: readonly string[]; url: string | undefined; approval: string };
};

const isSame = (a: readonly Claim[], b: readonly Claim[]): boolean =>
  containsAll(a, b) && containsAll(b, a);

/** What was asked for before, where it asks for all that a claim wants, and for no less time. */
export const findRequest = (
  { requests = [] }: Ledger,
  { holder, claims, ttl }: Pick<ClaimRequest, 'holder' | 'claims' | 'ttl'>,
): ApprovalRequest | undefined =>
  requests.find(
    (known) =>
      !known.byHand && known.holder === holder && ttl <= known.ttl && isSame(known.claims, claims),
  );

/** The needs that no approval of just this settles. What an issue has asked for meanwhile tells nothing of that. */
export const listMissing = (
  needs: readonly ApprovalNeed[],
  approvals: readonly Approval[],
  grant: Grant,
): readonly ApprovalNeed[] => {
  const asked = { ...grant, ttl: lifeOf(grant) };
  const isGiven = ({ login, read }: Approval, { approvers }: ApprovalNeed): boolean => {
    const approved = approvers.includes(login) ? read() : undefined;
    return approved !== undefined && isApprovalOf(approved, asked);
  };
  return needs.filter((need) => !approvals.some((approval) => isGiven(approval, need)));
};

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
    const { add } = decision.plan;
    const missing = listMissing(needs, known?.approvals ?? [], add);
    if (missing.length === 0) return decision;
    const { ticket } = request;
    const owners = [...new Set(missing.flatMap((need) => need.owners))];
    // Whoever waits for approval stands in no queue: they keep nobody out.
    const waiting = ticket !== undefined && ledger.now < ticket.until;
    const plan: Plan = {
      ...(known ? {} : { request: { grant: add, owners } }),
      ...(ticket ? { leave: ticket.id } : {}),
      events: [],
    };
    const approval = renderApproval({ ...add, ttl: lifeOf(add) });
    const awaiting = { owners, url: known?.url, approval };
    return {
      outcome: { granted: false, waiting, conflicts: [], ahead: [], awaiting },
      plan,
    };
  };
