/**
 * How hooks start node: what is started lies where init put it. No switch of V8 is among these, for with any other
 * than its own it takes none of the code that node has brought along compiled: 1.7 ms a start.
 */
export const GUARD_OPTIONS: readonly string[] = ['--preserve-symlinks-main'];

/** What a judgement of the guard may run. */
export const GUARD_FILES: readonly string[] = [
  'guard.cjs',
  'guard-push.cjs',
  'guard-locks.cjs',
  'guard-owners.cjs',
  'guard-report.cjs',
];

/**
 * What V8 made of a file of ours, kept beside it: a line that says which node made it, the file's own text,
 * and V8's code cache twice. V8 checks by itself whether a cache is of its version and flags; of the text it
 * compares the length alone, and the cache it takes as it is, so that both are looked at here, byte by byte.
 */
export type Compiled = { head: string; source: Uint8Array; code: Uint8Array };

/** Where the compiled form of a file lies. */
export const compiledPath = (path: string): string => `${path}.compiled`;

/** The text of a CommonJS file as the function that V8 is given. */
export const wrapSource = (source: string): string =>
  `(function (exports, require, module, __dirname) {${source}\n})`;

/** The first line of what this node makes of a file with so many bytes. */
export const compiledHead = (
  { version, arch }: { version: string; arch: string },
  length: number,
): string => `leasehold compiled ${version} ${arch} ${length}\n`;

/** Takes a compiled file apart; undefined where it is none, or torn. */
export const parseCompiled = (bytes: Uint8Array): Compiled | undefined => {
  const start = bytes.indexOf(10) + 1;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, start).toString('latin1');
  const length = Number(head.slice(head.lastIndexOf(' ') + 1));
  if (!head.startsWith('leasehold compiled ') || !Number.isInteger(length)) return undefined;
  const source = bytes.subarray(start, start + length);
  const both = bytes.subarray(start + length);
  const code = both.subarray(0, both.length / 2);
  const isWhole = code.length > 0 && Buffer.compare(code, both.subarray(code.length)) === 0;
  return isWhole ? { head, source, code } : undefined;
};
