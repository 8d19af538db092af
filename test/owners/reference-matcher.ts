/**
 * The semantics of one pattern, written down as plainly as possible and without a thought for speed:
 * every way to lay the pattern over the path is tried. For small patterns without escapes.
 */
export const coversSlowly = (pattern: string, path: string): boolean => {
  const segments = pattern.split('/');
  const isDirectory = segments.at(-1) === '';
  if (isDirectory) segments.pop();
  const isAnchored = segments.length > 1;
  if (isAnchored && segments[0] === '') segments.shift();
  if (segments.length === 0 || segments.includes('')) return false;

  const start = isAnchored ? segments : ['**', ...segments];
  const names = path.split('/');
  const last = segments.at(-1) ?? '';
  if (isAnchored && !isDirectory && last !== '**' && /^\*+$/.test(last)) {
    return coversExactly(start, names);
  }
  // The matched path is one of the path's directories, or the path itself.
  const ends = isDirectory ? names.length - 1 : names.length;
  return names.some((_, index) => index < ends && coversExactly(start, names.slice(0, index + 1)));
};

const coversExactly = (segments: string[], names: string[]): boolean => {
  const [segment, ...later] = segments;
  if (segment === undefined) return names.length === 0;
  if (segment === '**') {
    const least = later.length === 0 ? 1 : 0;
    return names
      .concat('')
      .some((_, taken) => taken >= least && coversExactly(later, names.slice(taken)));
  }
  const [name, ...rest] = names;
  return name !== undefined && fitsName(segment, name) && coversExactly(later, rest);
};

const fitsName = (glob: string, name: string): boolean => {
  if (glob === '') return name === '';
  if (glob[0] === '*') {
    return fitsName(glob.slice(1), name) || (name !== '' && fitsName(glob, name.slice(1)));
  }
  return (
    name !== '' &&
    (glob[0] === '?' || glob[0] === name[0]) &&
    fitsName(glob.slice(1), name.slice(1))
  );
};
