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

/** The first pattern that one of the segments matches. */
export const isInternal = (
  segments: readonly string[],
  configured: readonly string[],
): { pattern: string; isConfigured: boolean } | undefined => {
  const find = (patterns: readonly string[]): string | undefined =>
    patterns.find((pattern) => segments.some((segment) => matchesSegment(pattern, segment)));
  const own = find(configured);
  if (own !== undefined) return { pattern: own, isConfigured: true };
  const pattern = find(DEFAULTS);
  return pattern === undefined ? undefined : { pattern, isConfigured: false };
};
