import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PythonFile } from '../../src/exports/python-file.ts';
import { showModule } from '../../src/exports/python-imports.ts';
import { scanPython } from '../../src/exports/python-scan.ts';
import { sample } from '../effort.ts';

const PYTHON = 'python3';
const where = spawnSync(
  PYTHON,
  ['-c', 'import sysconfig; print(sysconfig.get_paths()["stdlib"])'],
  {
    encoding: 'utf8',
  },
);
const library = where.status === 0 ? where.stdout.trim() : undefined;
if (library === undefined) console.warn('SKIPPED: there is no python3 to hold the scanner against');

/**
 * What the two may differ in, each for a reason. CPython looks at bytes: these have an unknown coding, a
 * coding that the byte order mark denies, and a byte that is no UTF-8. The audit has text. Some versions of
 * Python come without them.
 */
const EXPLAINED = [
  'test/tokenizedata/bad_coding.py',
  'test/tokenizedata/bad_coding2.py',
  'test/tokenizedata/badsyntax_pep3120.py',
];

type Listing = [string, [string, number][] | null];
type Told = { fault?: string; names: unknown[][]; stars: unknown[][]; all: Listing[] };

const listFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.py') && !/^(?:site|dist)-packages/.test(path))
    .sort();

const askPython = (directory: string, paths: readonly string[]): Told[] => {
  const script = join(import.meta.dirname, 'python-ast.py');
  const input = paths.map((path) => `${JSON.stringify(join(directory, path))}\n`).join('');
  const { stdout } = spawnSync(PYTHON, [script], { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Told);
};

const sortTexts = (lists: readonly unknown[]): string[] =>
  lists.map((each) => JSON.stringify(each)).sort();

const tellBinding = (each: PythonFile['bindings'][number]): unknown[] =>
  each.kind === 'import'
    ? ['import', each.name, showModule(each.from), each.item ?? null, each.hasAlias]
    : [each.kind, each.name, each.span.line];

/** Only a display of texts is told by both. */
const tellListing = ({ op, items }: PythonFile['all'][number]): Listing => {
  const names = items.flatMap((each) => (each.kind === 'name' ? [each] : []));
  if (names.length < items.length) return [op, null];
  return [op, names.map(({ name, span }) => [name, span.line])];
};

/** What both say in one form: names without temporary ones and without those that `del` takes away. */
const compare = (ours: PythonFile, theirs: Told): string | undefined => {
  if (theirs.fault !== undefined || ours.fault) {
    if (theirs.fault !== undefined && ours.fault) return undefined;
    return `only one of them refuses it: ${theirs.fault ?? ours.fault?.reason}`;
  }
  const own = ours.bindings.filter(({ kind }) => kind !== 'temporary').map(tellBinding);
  const names = theirs.names.filter(([, name]) => !ours.deleted.has(String(name)));
  const stars = ours.stars.map(({ from, span }) => [showModule(from), span.line]);
  const a = [sortTexts(own), sortTexts(stars), ours.all.map(tellListing)];
  const b = [sortTexts(names), sortTexts(theirs.stars), theirs.all];
  return JSON.stringify(a) === JSON.stringify(b) ? undefined : 'they tell different names';
};

describe.skipIf(library === undefined)('the scanner and the parser of CPython', () => {
  it('tell the same names of the standard library', { timeout: 300_000 }, () => {
    const directory = library ?? '';
    const paths = sample(listFiles(directory));
    const told = askPython(directory, paths);
    const odd = paths.flatMap((path, index) => {
      const theirs = told[index];
      if (!theirs) return [`${path}: no answer`];
      const reason = compare(scanPython(readFileSync(join(directory, path), 'utf8')), theirs);
      return reason === undefined || EXPLAINED.includes(path) ? [] : [`${path}: ${reason}`];
    });
    expect(odd).toEqual([]);
    expect(paths.length).toBeGreaterThan(100);
  });
});
