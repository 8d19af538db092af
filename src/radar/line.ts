import { type Commit, DELETED, type Edit, type Version } from './edits.ts';
import type { Party } from './party.ts';

/** One time that a party touched a path; without a commit it is not committed. */
export type Touch = {
  commit: string | undefined;
  version: Version;
  /** Milliseconds since 1970; undefined where nobody knows. */
  at: number | undefined;
};

/** A party with what it would change of the base, and how that came about. */
export type Line = {
  party: Party;
  edits: ReadonlyMap<string, Edit>;
  /** Its commits that the base has not. */
  own: ReadonlySet<string>;
  touches: ReadonlyMap<string, readonly Touch[]>;
  /** Committers, the latest first. */
  people: readonly string[];
  uncommitted: ReadonlySet<string>;
  /** Whether its worktree has anything that is not committed, under whatever name that would land. */
  isDirty: boolean;
};

/** The commits of a repository that its base has not. */
export type History = { commits: readonly Commit[]; edits: ReadonlyMap<string, readonly Edit[]> };

const listOwn = (heads: readonly string[], known: ReadonlyMap<string, Commit>): Set<string> => {
  const own = new Set<string>();
  const open = [...heads];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const commit = known.get(id);
    if (!commit || own.has(id)) continue;
    own.add(id);
    open.push(...commit.parents);
  }
  return own;
};

/** Ties parties to commits: what a party would change, who changed it, and when. */
export const createLineReader = ({ commits, edits }: History) => {
  const known = new Map(commits.map((commit) => [commit.id, commit]));
  const listTouches = (own: ReadonlySet<string>, net: ReadonlyMap<string, Edit>) => {
    const touches = new Map<string, Touch[]>();
    for (const { id, at } of commits) {
      if (!own.has(id)) continue;
      for (const { path, version } of edits.get(id) ?? []) {
        if (!net.has(path)) continue;
        const list = touches.get(path) ?? [];
        list.push({ commit: id, version, at });
        touches.set(path, list);
      }
    }
    return touches;
  };
  return (
    party: Party,
    net: ReadonlyMap<string, Edit>,
    uncommitted: ReadonlyMap<string, number | undefined>,
  ): Line => {
    const own = listOwn(party.heads, known);
    const touches = listTouches(own, net);
    for (const [path, at] of uncommitted) {
      const edit = net.get(path);
      if (!edit) continue;
      const touch = { commit: undefined, version: edit.version, at };
      touches.set(path, [touch, ...(touches.get(path) ?? [])]);
    }
    const people = commits.flatMap(({ id, email }) =>
      own.has(id) && email !== undefined ? [email] : [],
    );
    return {
      party,
      edits: net,
      own,
      touches,
      people: [...new Set(people)],
      uncommitted: new Set([...uncommitted.keys()].filter((path) => net.has(path))),
      isDirty: uncommitted.size > 0,
    };
  };
};

/** What a party's commits made of each path, where no merge can tell what landing them would. */
export const listCommittedEdits = (
  heads: readonly string[],
  history: History,
): Map<string, Edit> => {
  const own = listOwn(heads, new Map(history.commits.map((commit) => [commit.id, commit])));
  const net = new Map<string, Edit>();
  // Newest first, so the first that is told of a path is how it is now.
  for (const { id } of history.commits) {
    if (!own.has(id)) continue;
    for (const edit of history.edits.get(id) ?? []) {
      if (!net.has(edit.path)) net.set(edit.path, edit);
    }
  }
  return net;
};

/** When a party first touched a path, in milliseconds since 1970; undefined where nobody knows. */
export const touchedSince = ({ touches }: Line, path: string): number | undefined => {
  const times = (touches.get(path) ?? []).flatMap(({ at }) => (at === undefined ? [] : [at]));
  return times.length > 0 ? Math.min(...times) : undefined;
};

/** When a party last touched anything. */
export const touchedLast = ({ touches }: Line): number | undefined => {
  let last: number | undefined;
  for (const list of touches.values()) {
    for (const { at } of list) if (at !== undefined && at > (last ?? 0)) last = at;
  }
  return last;
};

/** True where a party has not the path any more. */
export const isDeletedIn = ({ edits }: Line, path: string): boolean =>
  edits.get(path)?.version === DELETED;
