/**
 * What the name of a file says: all that can be known of a change without reading it. Languages take their
 * own from here, so that the guard, which has no scanner, knows the same.
 */
export const RUST_SOURCE = /\.rs$/;
export const TS_SOURCE = /\.(?:[mc]?[tj]s|[tj]sx)$/;
export const PYTHON_SOURCE = /\.pyi?$/;

export const CARGO_MANIFEST = /(?:^|\/)Cargo\.toml$/;
export const TS_MANIFEST = /(?:^|\/)(?:package|[tj]sconfig[\w.-]*)\.json$/;
export const PYTHON_MANIFEST = /(?:^|\/)(?:pyproject\.toml|setup\.(?:cfg|py))$/;

/** Whether a file is somebody else's: installed, and there because somebody committed it. */
export const isInstalled = (path: string): boolean => `/${path}`.includes('/node_modules/');

/** One look at a path answers for all patterns: a commit may have thousands, and few of them are of any. */
const anyOf = (...patterns: readonly RegExp[]): ((path: string) => boolean) => {
  const any = new RegExp(patterns.map(({ source }) => source).join('|'));
  return (path) => any.test(path) && !isInstalled(path);
};

/** Whether some language takes a file of this name for one of its sources. */
export const isSourceName = anyOf(RUST_SOURCE, TS_SOURCE, PYTHON_SOURCE);

/** Whether a file of this name says what belongs to a package, and where it is entered. */
export const isManifestName = anyOf(CARGO_MANIFEST, TS_MANIFEST, PYTHON_MANIFEST);

/** The files that packages are entered by, where no manifest names another. */
export const isEntryName = anyOf(/(?:^|\/)(?:(?:lib|main)\.rs|(?:index|__init__)\.\w+)$/);

/** Whether a change of this path can change what any package exports. */
export const mayTouchExports = (path: string): boolean =>
  isSourceName(path) || isManifestName(path);
