import type { Edit } from './edits.ts';
import type { Merge } from './merge.ts';
import type { Party, Skipped } from './party.ts';

/** What landing a party's work on the base would come to. */
export type Landing = {
  party: Party;
  /** Its work as one commit. */
  tip: string;
  /** The tree of the base with it. */
  tree: string;
  /** What that changes of the base, by path. */
  edits: Map<string, Edit>;
  /** Where it meets the base itself; empty where it lands cleanly. */
  conflicts: ReadonlyMap<string, string>;
};

/** A version that no tree has: what a conflict leaves in a file is nobody's work. */
const unsettled = (path: string): Edit => ({ path, version: 'unsettled', isAdded: false });

/** Turns merges with the base into landings; those that git could not try are left out. */
export const toLandings = (
  tips: readonly { party: Party; tip: string }[],
  merges: readonly Merge[],
  readEdits: (trees: readonly string[]) => Edit[][],
): { landings: Landing[]; unrelated: string[]; failed: Skipped[] } => {
  const unrelated: string[] = [];
  const failed: Skipped[] = [];
  const merged = tips.flatMap(({ party, tip }, index) => {
    const merge = merges[index];
    if (merge && merge.kind !== 'failed') return [{ party, tip, merge }];
    if (merge?.isUnrelated) unrelated.push(party.name);
    else failed.push({ name: party.name, reason: merge?.reason ?? 'git gave no answer' });
    return [];
  });
  const edits = readEdits(merged.map(({ merge }) => merge.tree));
  const landings = merged.map(({ party, tip, merge }, index): Landing => {
    const conflicts = merge.kind === 'conflict' ? merge.conflicts : new Map<string, string>();
    const net = new Map((edits[index] ?? []).map((edit) => [edit.path, edit]));
    for (const path of conflicts.keys()) if (!net.has(path)) net.set(path, unsettled(path));
    return { party, tip, tree: merge.tree, edits: net, conflicts };
  });
  return { landings, unrelated, failed };
};
