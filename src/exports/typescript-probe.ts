/** What an import of `a.js` may mean, in TypeScript's order; one of `a.ts` may be left over in what was built. */
const REWRITTEN: Readonly<Record<string, readonly string[]>> = {
  '.ts': ['.ts', '.tsx', '.d.ts', '.js', '.jsx'],
  '.tsx': ['.tsx', '.ts', '.d.ts', '.jsx'],
  '.mts': ['.mts', '.d.mts', '.mjs'],
  '.cts': ['.cts', '.d.cts', '.cjs'],
  '.js': ['.ts', '.tsx', '.d.ts', '.js', '.jsx'],
  '.jsx': ['.tsx', '.d.ts', '.jsx'],
  '.mjs': ['.mts', '.d.mts', '.mjs'],
  '.cjs': ['.cts', '.d.cts', '.cjs'],
};

/** What may be left out, in the order in which it is looked for. */
const LEFT_OUT = [
  '.ts',
  '.tsx',
  '.d.ts',
  '.js',
  '.jsx',
  '.mts',
  '.cts',
  '.mjs',
  '.cjs',
  '.d.mts',
  '.d.cts',
];

/** A file with what it is: of an asset nobody knows the names. */
export type Found = { kind: 'file' | 'asset'; path: string };

const isJs = (path: string): boolean => /\.[mc]?jsx?$/.test(path);

const listRewritten = (path: string, isFromJs: boolean): string[] => {
  const extension = /(?<!\.d)\.[mc]?[jt]sx?$/.exec(path)?.[0];
  if (extension === undefined) return [];
  const stem = path.slice(0, -extension.length);
  const all = (REWRITTEN[extension] ?? []).map((each) => stem + each);
  // A script that has been there beside its source is what a script imports.
  return isFromJs ? [path, ...all] : all;
};

/** A file by the name that an import gives it, or an index in a directory of that name. */
export const probeFile = (
  path: string,
  from: string,
  has: (path: string) => boolean,
): Found | undefined => {
  const findWith = (stem: string): string | undefined => {
    const extension = LEFT_OUT.find((each) => has(stem + each));
    return extension && stem + extension;
  };
  const exact = /\.d\.[mc]?ts$/.test(path) && has(path) ? path : undefined;
  const file =
    exact ??
    listRewritten(path, isJs(from)).find(has) ??
    findWith(path) ??
    findWith(`${path === '' ? '' : `${path}/`}index`);
  if (file !== undefined) return { kind: 'file', path: file };
  const asset = [path, `${path}.json`].find(has);
  return asset === undefined ? undefined : { kind: 'asset', path: asset };
};
