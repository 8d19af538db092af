import type { CiReport } from '../report/index.ts';
import { audit } from './audit.ts';
import { openRange } from './audit-sides.ts';
import type { Workspace } from './workspace.ts';

/** What is merged, where to, and the commit whose config counts. */
export type Merge = { target: string; tip: string; policy: string };

/** What a merge does to what packages export. */
export const auditRange = (
  workspace: Workspace,
  { target, tip, policy }: Merge,
): Pick<CiReport, 'verdict' | 'findings' | 'notJudged'> => {
  const sides = { ...openRange(workspace, `${target}..${tip}`), trusted: policy };
  const { verdict, findings, notJudged } = audit(workspace, sides, false);
  return { verdict, findings, notJudged };
};
