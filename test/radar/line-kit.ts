import { createLineReader, type Line } from '../../src/radar/line.ts';

/** One commit of a made-up history: its id, its parent, and what it makes of paths (empty: deleted). */
export type Made = { id: string; parent?: string; edits: Record<string, string> };

/** One party of it: where it stands, and what is not committed there. */
export type MadeParty = { name: string; head: string; uncommitted?: Record<string, string> };

/** Lines over a history in which every commit is a minute younger than its parent; nothing touches a disk. */
export const makeLines = (history: readonly Made[], parties: readonly MadeParty[]): Line[] => {
  const commits = history
    .map(({ id, parent }, index) => ({
      id,
      parents: parent === undefined ? [] : [parent],
      email: `${id}@example.com`,
      at: (index + 1) * 60_000,
    }))
    .reverse();
  const edits = new Map(
    history.map(({ id, edits: made }) => [
      id,
      Object.entries(made).map(([path, version]) => ({ path, version, isAdded: false })),
    ]),
  );
  const read = createLineReader({ commits, edits });
  const parentOf = new Map(history.map(({ id, parent }) => [id, parent]));
  return parties.map(({ name, head, uncommitted = {} }) => {
    const net: Record<string, string> = {};
    const chain: string[] = [];
    for (let at: string | undefined = head; at !== undefined; at = parentOf.get(at))
      chain.unshift(at);
    for (const id of chain) Object.assign(net, history.find((commit) => commit.id === id)?.edits);
    Object.assign(net, uncommitted);
    return read(
      { name, branch: name, worktree: undefined, heads: [head] },
      new Map(
        Object.entries(net).map(([path, version]) => [path, { path, version, isAdded: false }]),
      ),
      new Map(Object.keys(uncommitted).map((path) => [path, 3_600_000])),
    );
  });
};
