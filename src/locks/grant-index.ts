import { anchorOf } from './anchor.ts';
import type { Claim } from './grant.ts';
import type { StoredGrant } from './ledger.ts';

type Node = { children: Map<string, Node>; grants: Set<StoredGrant> };

/** Grants by where their claims begin in the tree of paths. */
export type GrantIndex = {
  add(grant: StoredGrant): void;
  remove(grant: StoredGrant): void;
  /** All grants that a claim might meet, and some that it does not. */
  near(claim: Claim): StoredGrant[];
  /** The same for one path, in its comparable form: all grants that may cover it, and some that do not. */
  above(path: string): StoredGrant[];
};

const createNode = (): Node => ({ children: new Map(), grants: new Set() });

const collect = (node: Node, found: Set<StoredGrant>): void => {
  for (const grant of node.grants) found.add(grant);
  for (const child of node.children.values()) collect(child, found);
};

const findNode = (root: Node, segments: readonly string[]): Node => {
  let node = root;
  for (const segment of segments) {
    const child = node.children.get(segment) ?? createNode();
    node.children.set(segment, child);
    node = child;
  }
  return node;
};

/** Goes down these segments, past what begins on the way; the node at their end, if there is one. */
const descend = (
  root: Node,
  segments: readonly string[],
  found: Set<StoredGrant>,
): Node | undefined => {
  let node: Node | undefined = root;
  for (const segment of segments) {
    for (const grant of node.grants) found.add(grant);
    node = node.children.get(segment);
    if (!node) return undefined;
  }
  return node;
};

/** Takes a grant out from where it was; nodes that are left empty go with it. */
const detach = (node: Node, segments: readonly string[], grant: StoredGrant): void => {
  const [first, ...rest] = segments;
  if (first === undefined) {
    node.grants.delete(grant);
    return;
  }
  const child = node.children.get(first);
  if (!child) return;
  detach(child, rest, grant);
  if (child.grants.size + child.children.size === 0) node.children.delete(first);
};

/**
 * An index in which a claim's look costs what lies on its own way: its ancestors, what is below it, and
 * the patterns that begin there. Two claims meet only where one begins above the other, or both in one place.
 */
export const createGrantIndex = (): GrantIndex => {
  const root = createNode();
  return {
    add: (grant) => {
      for (const claim of grant.claims) findNode(root, anchorOf(claim.compiled)).grants.add(grant);
    },
    remove: (grant) => {
      for (const claim of grant.claims) detach(root, anchorOf(claim.compiled), grant);
    },
    near: (claim) => {
      const found = new Set<StoredGrant>();
      const node = descend(root, anchorOf(claim.compiled), found);
      if (node) collect(node, found);
      return [...found];
    },
    above: (path) => {
      const found = new Set<StoredGrant>();
      for (const grant of descend(root, path.split('/'), found)?.grants ?? []) found.add(grant);
      return [...found];
    },
  };
};
