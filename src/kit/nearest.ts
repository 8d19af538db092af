import { distance } from 'fastest-levenshtein';

const MAX_TYPO_DISTANCE = 3;

/** The one of `candidates` that `word` was most likely meant to be; undefined where none is near. */
export const findNearest = (word: string, candidates: readonly string[]): string | undefined => {
  const ranked = candidates
    .map((candidate) => ({
      candidate,
      edits: distance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best && best.edits <= MAX_TYPO_DISTANCE ? best.candidate : undefined;
};
