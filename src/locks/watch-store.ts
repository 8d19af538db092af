import { listRecords } from './load.ts';
import type { StoreContext } from './settle-store.ts';

/** How often a watch looks, in milliseconds: a release is noticed well within half a second. */
const PAUSE = 100;

/** True where the lock directory is as it was last read; names tell, for a record never changes under its own. */
const isAsRead = ({ files, clone, memory }: StoreContext): boolean => {
  const names = listRecords(files, clone.places);
  const known = memory.listed();
  return names.length === known?.length && names.every((name, at) => name === known[at]);
};

/**
 * Resolves when the grants are not as they were last read, when the queue changes, or after `patience`
 * milliseconds; it counts the time that it waited, not what the clock says.
 */
export const watchStore = async (context: StoreContext, patience: number): Promise<void> => {
  const { clock, clone, files } = context;
  const listQueue = () => files.list(clone.places.queue).sort().join();
  const queue = listQueue();
  for (let waited = 0; waited < patience; waited += PAUSE) {
    if (!isAsRead(context) || listQueue() !== queue) return;
    await clock.pause(Math.min(PAUSE, patience - waited));
  }
};
