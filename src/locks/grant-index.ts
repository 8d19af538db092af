import type { Claim } from './grant.ts';
import type { StoredGrant } from './ledger.ts';

type Node = { children: Map<string, Node>; grants: Set<StoredGrant> };

/** Grants by where their claims begin in the tree of paths. */
export type GrantIndex = {
  add(grant: StoredGrant): void;
  remove(grant: StoredGrant): void;
  /** All grants that a claim might meet, and some that it does not. */
  near(claim: Claim): StoredGrant[];
};

const createNode = (): Node => ({ children: new Map(), grants: new Set() });

/** The segments that every path of the claim begins with: a literal's own, a glob's up to its first pattern. */
const anchorOf = ({ compiled }: Claim): string[] => {
  const segments = (compiled.literal ?? '').split('/').filter((segment) => segment !== '');
  if (compiled.scope.kind === 'literal') return segments;
  const special = segments.findIndex((segment) => /[*?[{\\]/.test(segment));
  return special === -1 ? segments : segments.slice(0, special);
};

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
      for (const claim of grant.claims) findNode(root, anchorOf(claim)).grants.add(grant);
    },
    remove: (grant) => {
      for (const claim of grant.claims) detach(root, anchorOf(claim), grant);
    },
    near: (claim) => {
      const found = new Set<StoredGrant>();
      let node: Node | undefined = root;
      for (const segment of anchorOf(claim)) {
        for (const grant of node.grants) found.add(grant);
        node = node.children.get(segment);
        if (!node) return [...found];
      }
      collect(node, found);
      return [...found];
    },
  };
};
