import type { Import } from './rust-import.ts';
import { isVisible, type Node } from './rust-nodes.ts';

/** Private imports that nobody has asked for. */
export type Dormant = {
  add: (from: Import) => void;
  /** Starts those of a module that give this name. */
  rouseName: (node: Node, name: string) => void;
  /** Starts its globs. */
  rouseGlobs: (node: Node) => void;
  /** Starts those whose names can be seen from `taker`. */
  rouseVisible: (node: Node, taker: Node) => void;
};

const GLOB = '*';

/** Most imports are private, and most of their names no public path goes through. */
export const createDormant = (begin: (from: Import) => void): Dormant => {
  /** Of each module by its index. */
  const sleeping: (Map<string, Import[]> | undefined)[] = [];
  const rouseName: Dormant['rouseName'] = (node, name) => {
    const here = sleeping[node.index];
    const found = here?.get(name);
    if (!here || !found) return;
    here.delete(name);
    for (const from of found) begin(from);
  };
  return {
    add: (from) => {
      const here = sleeping[from.node.index] ?? new Map<string, Import[]>();
      sleeping[from.node.index] = here;
      const name = from.use.isGlob ? GLOB : from.use.name;
      const namesakes = here.get(name) ?? [];
      if (namesakes.push(from) === 1) here.set(name, namesakes);
    },
    rouseName,
    rouseGlobs: (node) => rouseName(node, GLOB),
    rouseVisible: (node, taker) => {
      const here = sleeping[node.index];
      if (!here) return;
      const isSeen = ({ scope }: Import): boolean => isVisible(scope, taker);
      const names = [...here].filter(([, imports]) => imports.some(isSeen));
      for (const [name] of names) rouseName(node, name);
    },
  };
};
