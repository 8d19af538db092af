import { concludeVerdict, listTrustedBlobs, loadConfig } from '../guard/index.ts';
import { type CiReport, listUnjudged } from '../report/index.ts';
import { auditRange } from './audit-range.ts';
import type { Workspace } from './workspace.ts';

/** What is merged, where to, and the commit whose config counts. */
export type Merge = { target: string; tip: string; policy: string };

/** What a merge does to what packages export, by what is merged and by what comes of it. */
export const auditMerge = async (
  workspace: Workspace,
  { target, tip, policy }: Merge,
): Promise<Pick<CiReport, 'verdict' | 'findings' | 'notJudged'>> => {
  const config = loadConfig(workspace.git, listTrustedBlobs(workspace.git, policy));
  const audit = await auditRange(workspace, { target, tip }, config);
  const { findings } = audit;
  return { verdict: concludeVerdict(findings), findings, notJudged: listUnjudged(audit) };
};
