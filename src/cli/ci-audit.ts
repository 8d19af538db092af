import { isExportChange } from '../exports/index.ts';
import { concludeVerdict, listTrustedBlobs, loadConfig } from '../guard/index.ts';
import { type CiReport, listUnjudged } from '../report/index.ts';
import { listFalseClaims } from './audit-claims.ts';
import { auditRange } from './audit-range.ts';
import { gateContext } from './gate-context.ts';
import { asSeenHere } from './range.ts';
import type { Workspace } from './workspace.ts';

/** What is merged, where to, the commit whose config counts, and what its author says of it. */
export type Merge = { target: string; tip: string; policy: string; body: string | undefined };

/** What a merge does to what packages export, by itself and with what it is merged into, and what is said of it. */
export const auditMerge = async (
  workspace: Workspace,
  { target, tip, policy, body }: Merge,
): Promise<Pick<CiReport, 'verdict' | 'findings' | 'notJudged'>> => {
  const config = loadConfig(workspace.git, listTrustedBlobs(workspace.git, policy));
  // Before anything opens the locks, or they would be where the head's config has them.
  const seen = asSeenHere(workspace, gateContext(workspace, undefined), policy);
  const pair = { target, tip };
  const audit = await auditRange(workspace, pair, config);
  const listClaims = async (said: string) => {
    const ledger = seen.sight === 'owners' ? undefined : await seen.readLedger();
    return listFalseClaims(workspace, { body: said, pair, audit, config, ledger });
  };
  const isSaid = body !== undefined && isExportChange(body);
  const findings = [...audit.findings, ...(isSaid ? await listClaims(body) : [])];
  return { verdict: concludeVerdict(findings), findings, notJudged: listUnjudged(audit) };
};
