import {
  type ClaimFacts,
  checkClaims,
  type ExportFinding,
  isExportChange,
} from '../exports/index.ts';
import { findDifference } from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { comparePath } from '../kit/paths.ts';
import { isExpired, isWrite, type Ledger, scopeCovers } from '../locks/index.ts';
import type { PullRequest, RangeAudit } from './audit-range.ts';
import { createCovers } from './audit-trees.ts';
import type { Workspace } from './workspace.ts';

/** What a pull request's text is held against: what its audit found, and the locks, where they are seen. */
export type ClaimQuestion = {
  body: string;
  pair: PullRequest;
  audit: RangeAudit;
  config: Config;
  /** Undefined where this clone sees no locks. */
  ledger: Ledger | undefined;
};

const listLocked = (
  workspace: Workspace,
  paths: readonly string[],
  { grants, now }: Ledger,
): Set<string> => {
  const { rule } = workspace.clone;
  const claims = grants
    .filter((grant) => !isExpired(grant, now))
    .flatMap((grant) => grant.claims.filter(({ mode }) => isWrite(mode)));
  return new Set(
    paths.filter((path) =>
      claims.some(({ compiled }) => scopeCovers(compiled, comparePath(path, rule))),
    ),
  );
};

/** What the text of a pull request says that is not so; nothing where it is about no export change. */
export const listFalseClaims = (workspace: Workspace, question: ClaimQuestion): ExportFinding[] => {
  const { body, pair, audit, config, ledger } = question;
  const weight = config.exports.rules['exports/claim'] ?? 'error';
  if (weight === 'off' || !isExportChange(body)) return [];
  const changes = findDifference(workspace.git, audit.base, pair.tip) ?? [];
  const changed = new Set(changes.map(({ path }) => path));
  const entries = audit.entries.filter((path) => changed.has(path));
  const requireLock = entries.filter(createCovers(workspace, config.guard.requireLock));
  const locked = ledger && listLocked(workspace, requireLock, ledger);
  const facts: ClaimFacts = { findings: audit.findings, changed, entries, requireLock, locked };
  return checkClaims(body, facts).map((finding) => ({ ...finding, severity: weight }));
};
