/**
 * Ruby's `File.fnmatch` with FNM_PATHNAME and FNM_DOTMATCH on the whole path, as plainly as it can be
 * written: every way to lay the pattern over the path is tried. With what GitLab adds to a pattern.
 */
export const matchesFnmatch = (pattern: string, path: string): boolean =>
  lay(complete(pattern), path, true);

const complete = (pattern: string): string => {
  if (pattern === '*') return '**/*';
  const anchored = pattern.startsWith('/') ? pattern.slice(1) : `**/${pattern}`;
  return anchored.endsWith('/') || anchored === '' ? `${anchored}**/*` : anchored;
};

/** `atStart`: a segment of the pattern begins here. */
const lay = (pattern: string, path: string, atStart: boolean): boolean => {
  if (pattern === '') return path === '';
  if (atStart && pattern.startsWith('**/')) {
    const starts = [0, ...[...path.matchAll(/\//g)].map(({ index }) => index + 1)];
    return starts.some((start) => lay(pattern.slice(3), path.slice(start), true));
  }
  const [letter = '/'] = path;
  if (pattern.startsWith('*')) {
    if (lay(pattern.slice(1), path, false)) return true;
    return letter !== '/' && lay(pattern, path.slice(1), false);
  }
  if (pattern.startsWith('/')) {
    return path.startsWith('/') && lay(pattern.slice(1), path.slice(1), true);
  }
  const taken = letter === '/' ? 0 : countTaken(pattern, letter);
  return taken > 0 && lay(pattern.slice(taken), path.slice(1), false);
};

/** How much of the pattern takes the letter; 0 where it does not. */
const countTaken = (pattern: string, letter: string): number => {
  if (pattern.startsWith('?')) return 1;
  if (pattern.startsWith('\\')) return pattern[1] === letter ? 2 : 0;
  if (!pattern.startsWith('[')) return pattern[0] === letter ? 1 : 0;
  const [whole = '', not = '', members = ''] = /^\[([!^]?)([^\]]*)\]/.exec(pattern) ?? [];
  const isIn = /^.-.$/.test(members)
    ? (members[0] ?? '') <= letter && letter <= (members[2] ?? '')
    : members.includes(letter);
  return isIn === (not === '') ? whole.length : 0;
};
