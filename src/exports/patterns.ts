/** What names of internal modules look like; projects add their own. */
const DEFAULTS = [
  'internal',
  'internals',
  'private',
  'detail',
  'details',
  'imp',
  '_*',
  '*_impl',
  '*_impls',
  '*_internal',
  '*_internals',
];

/** Whether a whole segment matches: `*` is any text, `?` one character. No pattern takes more than their product. */
export const matchesSegment = (pattern: string, segment: string): boolean => {
  let [at, star, mark] = [0, -1, 0];
  for (let read = 0; read < segment.length; ) {
    if (pattern[at] === '*') [star, mark, at] = [at, read, at + 1];
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === segment[read])) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      mark += 1;
      [at, read] = [star + 1, mark];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
};

const ranks = new Map<string, number>();

/** Which of the defaults a segment matches first; entries of one package have most of their segments in common. */
const rankOf = (segment: string): number => {
  const known = ranks.get(segment);
  if (known !== undefined) return known;
  const found = DEFAULTS.findIndex((pattern) => matchesSegment(pattern, segment));
  const rank = found === -1 ? DEFAULTS.length : found;
  ranks.set(segment, rank);
  return rank;
};

/** The first pattern that one of the segments matches. */
export const isInternal = (
  segments: readonly string[],
  configured: readonly string[],
): { pattern: string; isConfigured: boolean } | undefined => {
  const own = configured.find((pattern) =>
    segments.some((segment) => matchesSegment(pattern, segment)),
  );
  if (own !== undefined) return { pattern: own, isConfigured: true };
  const pattern = DEFAULTS[Math.min(...segments.map(rankOf))];
  return pattern === undefined ? undefined : { pattern, isConfigured: false };
};
