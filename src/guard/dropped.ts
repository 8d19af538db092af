import { quoteName } from '../kit/quote.ts';
import type { History } from '../locks/index.ts';
import type { Actor } from './actor.ts';
import type { Finding } from './finding.ts';
import type { Policy } from './policy.ts';
import type { CommitChange } from './range.ts';
import { rebaseCommand } from './remedy.ts';
import { RULES } from './rules.ts';

const RULE = 'lock/dropped';

/** What a loss is judged by; `target` is what the remote has now. */
export type Known = { here: Actor; policy: Policy; history: History; target?: string | undefined };

/** Whose commit it is, where it is somebody else's than who pushes; `byGrant` where a grant says so. */
const findOther = (
  { email, trailers }: CommitChange,
  { here, history }: Known,
): { holder: string; byGrant: boolean } | undefined => {
  const grants = trailers.grants
    .map(({ id, token }) => history.find(id, token))
    .filter((grant) => grant !== undefined);
  const other = grants.find(({ holder }) => holder !== here.holder);
  if (other) return { holder: other.holder, byGrant: true };
  if (grants.length > 0 || email === undefined || email === here.email) return undefined;
  return { holder: email, byGrant: false };
};

const tellPaths = ({ changes }: CommitChange): string =>
  changes.length === 1 ? '' : ` (and ${changes.length - 1} more paths)`;

const judgeOne = (commit: CommitChange, known: Known): Finding | undefined => {
  const other = findOther(commit, known);
  const [first] = commit.changes;
  if (!other || !first) return undefined;
  const { here, policy, target = commit.commit } = known;
  const set = policy.rules[RULE];
  const usual = RULES[RULE][here.named ? 'named' : 'person'];
  // A person who tidies up a branch of their own may well drop what came in by a button of the host's.
  const isMild = policy.mode === 'warn' || (set === undefined && !other.byGrant && !here.named);
  const severity = isMild ? 'warn' : (set ?? usual);
  if (severity === 'off' || set === 'off') return undefined;
  return {
    rule: RULE,
    severity,
    path: first.path,
    message: `the push drops this commit of ${quoteName(other.holder)}${tellPaths(commit)}, and nothing pushed has its changes`,
    remedy: rebaseCommand(target),
    holder: other.holder,
    commit: commit.commit,
  };
};

/**
 * What a forced push takes away: each commit of somebody else's that nothing pushed has the like of. A
 * commit without changes of its own (a clean merge) is no loss.
 */
export const judgeDropped = (dropped: readonly CommitChange[], known: Known): Finding[] =>
  known.policy.mode === 'off'
    ? []
    : dropped.map((commit) => judgeOne(commit, known)).filter((finding) => finding !== undefined);
