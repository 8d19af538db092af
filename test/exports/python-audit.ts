import type { ExportFinding } from '../../src/exports/audit.ts';
import { auditTrees, findEntries } from '../../src/exports/trees.ts';
import { memoryTree } from './memory-tree.ts';

export type Files = Record<string, string>;

/** What the audit says of files of Python; without a base all is told. Entries are those that are found. */
export const auditPython = (
  files: Files,
  base: Files | null,
  entries: readonly string[] = [],
): ExportFinding[] => {
  const head = memoryTree(files);
  const { findings } = auditTrees({
    head,
    base: base && memoryTree(base),
    entries: findEntries(head, entries),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: true,
  });
  return findings;
};

/** `rule path:line name`, with what is let through left out. */
export const tell = (findings: readonly ExportFinding[]): string[] =>
  findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map(({ rule, path, line, name }) =>
      `${rule.replace('exports/', '')} ${path}:${line} ${name}`.trim(),
    );
