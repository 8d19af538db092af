import type { Edit, UncommittedPath } from './edits.ts';
import { DELETED } from './edits.ts';

/** What one party touches, before it is known what would come of it. */
export type Reach = { edits: Iterable<Edit>; uncommitted: readonly UncommittedPath[] };

/** Where two parties could meet: who is at a place, or `SEVERAL`. */
type Places = Map<string, number>;

const SEVERAL = -1;

const mark = (places: Places, key: string, party: number): void => {
  const known = places.get(key);
  if (known === undefined) places.set(key, party);
  else if (known !== party) places.set(key, SEVERAL);
};

const hasOther = (places: Places, key: string, party: number): boolean => {
  const known = places.get(key);
  return known !== undefined && known !== party;
};

/** The directories above a path, the nearest first; not the top, which everything is below. */
export const listAbove = (path: string): string[] => {
  const above: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    above.push(path.slice(0, at));
  }
  return above;
};

type Touch = { path: string; isAdded: boolean; isDeleted: boolean };

const listTouches = ({ edits, uncommitted }: Reach): Touch[] => [
  ...Array.from(edits, ({ path, isAdded, version }) => ({
    path,
    isAdded,
    isDeleted: version === DELETED,
  })),
  ...uncommitted,
];

/**
 * Of each party's uncommitted paths those that another party could meet: it touches the path too, something
 * below or above it, or the directory that one of them seems to rename while the other adds to it. Of all
 * others nobody needs to know what is in them.
 */
export const listContested = (reaches: readonly Reach[]): string[][] => {
  const [at, below]: [Places, Places] = [new Map(), new Map()];
  const [addedBelow, deletedBelow]: [Places, Places] = [new Map(), new Map()];
  for (const [party, reach] of reaches.entries()) {
    for (const { path, isAdded, isDeleted } of listTouches(reach)) {
      mark(at, path, party);
      for (const above of listAbove(path)) {
        mark(below, above, party);
        if (isAdded) mark(addedBelow, above, party);
        if (isDeleted) mark(deletedBelow, above, party);
      }
    }
  }
  const isContested = ({ path, isDeleted }: Touch, party: number): boolean =>
    hasOther(at, path, party) ||
    hasOther(below, path, party) ||
    listAbove(path).some(
      (above) =>
        hasOther(at, above, party) || hasOther(isDeleted ? addedBelow : deletedBelow, above, party),
    );
  return reaches.map(({ uncommitted }, party) => {
    const contested = uncommitted.filter((touch) => isContested(touch, party));
    // A deletion may be one half of a rename, and any new file the other.
    const isMove = contested.some(({ isDeleted }) => isDeleted);
    const moved = isMove ? uncommitted.filter(({ isAdded }) => isAdded) : [];
    return [...new Set([...contested, ...moved])].map(({ path }) => path);
  });
};
