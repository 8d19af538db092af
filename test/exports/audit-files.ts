import type { ExportFinding } from '../../src/exports/audit.ts';
import {
  type Audit,
  auditTrees,
  findAllEntries,
  type TreeQuestion,
} from '../../src/exports/trees.ts';
import { memoryTree } from './memory-tree.ts';

type Files = Readonly<Record<string, string>>;

/** Audits files in memory as a range brings them; `src/lib.rs` is the configured entry unless `entries` says otherwise. */
export const auditFiles = (
  files: Files,
  base: Files | null = null,
  more: Partial<TreeQuestion> & { configured?: string[] } = {},
): Audit => {
  const [head, before] = [memoryTree(files), base && memoryTree(base)];
  const { configured = ['src/lib.rs'], ...rest } = more;
  return auditTrees({
    head,
    base: before,
    entries: findAllEntries(head, before, configured),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: true,
    ...rest,
  });
};

/** `error src/lib.rs:3 duplicate f`, for those that nothing lets through. */
export const show = ({ findings }: Audit): string[] => findings.filter(isTold).map(showFinding);

const isTold = ({ suppressed }: ExportFinding): boolean => suppressed === undefined;

const showFinding = ({ severity, path, line, rule, name }: ExportFinding): string =>
  `${severity} ${path}:${line} ${rule.replace('exports/', '')} ${name}`.trim();
