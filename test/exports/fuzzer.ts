import type { ExportFinding } from '../../src/exports/audit.ts';
import type { Tree } from '../../src/exports/model.ts';
import type { Scans } from '../../src/exports/scans.ts';
import { auditTrees, findAllEntries } from '../../src/exports/trees.ts';
import python from '../fixtures/exports/python.json' with { type: 'json' };
import rust from '../fixtures/exports/rust.json' with { type: 'json' };
import typescript from '../fixtures/exports/typescript.json' with { type: 'json' };

// Cases of the audit's fuzzing: trees of one language, whole ones that were cut and mended, and ones of a single
// piece written very often; with a tree before, or without. `scripts/fuzz-exports.mjs` runs them for as long as
// it is told to, and the suite for a few seconds.

type Files = Record<string, string>;
type Recorded = { files: Files; base: Files | null };

/** A tree to audit, and the one before; `made` says how it came to be. */
export type FuzzCase = { files: Files; base: Files | null; entries: string[]; made: string };

type Random = (limit: number) => number;

/** mulberry32: what fails once fails again. */
const createRandom = (seed: number): Random => {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
};

type Dialect = {
  recorded: readonly Recorded[];
  entries: string[];
  /** What its scanner takes most for. */
  pieces: readonly string[];
  /** What begins a comment. */
  comment: string;
  /** What gives names, by a number. */
  items: readonly ((number: number) => string)[];
};

const split = (text: string): string[] => text.split(' | ');

const DIALECTS: Readonly<Record<string, Dialect>> = {
  rust: {
    recorded: rust as unknown as Recorded[],
    entries: ['src/lib.rs'],
    comment: '//',
    pieces: split(
      'pub use a::*; | pub mod a { | use super::*; | pub use {a, b::{c as d, self}}; | { | } | ( | [ | #[a( | #[cfg(not(a))] | ' +
        '#[cfg(all(a, any(b, not(c))))] | /* | */ | // | " | \' | r#" | "# | \\ | pub fn f() {} | enum E { | A, | m! { | m! {} | ' +
        'cfg_if! { if #[cfg(a)] { | } else { | extern crate a; | extern "C" { | <<<<<<< a\n | \n | :: | ; | < | pub(in a) | é | \0 | ' +
        '\ud83d | // leasehold: allow(exports/wildcard) -- x\n | #[path = "lib.rs"] mod a; | macro_rules! m { () => {} } | crate | self:: | r#',
    ),
    items: [
      (n) => `pub fn f${n}() {}\n`,
      (n) => `pub use self::f${n} as f${n + 1};\n`,
      (n) => `pub mod m${n} { pub use super::m${n + 1}::*; pub fn g${n}() {} }\n`,
      (n) => `pub mod n${n} { pub use super::*; pub struct S${n}; }\n`,
      (n) => `mod o${n} { pub fn f() {} pub fn h${n}() {} } pub use o${n}::*;\n`,
      (n) => `pub use crate::missing::x${n};\n`,
      (n) => `#[cfg(all(a${n % 9}, not(b${n % 7})))] pub use self::f${n} as same;\n`,
      (n) => `pub enum E${n} { A, B, C } pub use E${n}::*;\n`,
      (n) => `macro_a! { f${n} } pub use self::unknown${n}::b;\n`,
      (n) =>
        `pub mod p${n} { pub use super::p${n % 5}::*; pub use super::p${n % 11}::*; pub fn q${n}() {} }\n`,
    ],
  },
  typescript: {
    recorded: typescript as unknown as Recorded[],
    entries: ['src/index.ts'],
    comment: '//',
    pieces: split(
      "export * from './a'; | export { a, b as c } from './b'; | export type { A } from '.'; | export default | import a from './a'; | { | } | ( | " +
        '[ | ${ | ` | " | \' | // | /* | */ | \\ | => | ? | : | < | </a> | namespace a { | declare module "a" { | export = | @internal | ' +
        'leasehold: allow(exports/wildcard) -- x | /** @internal */ | function f(): void; | export const a = 1; | export enum E { | \n | , | ; | \0 | \ud83d | é | as | type',
    ),
    items: [
      (n) => `export const f${n} = ${n};\n`,
      (n) => `export { f${n} as f${n + 1} } from './index';\n`,
      (n) => `export * from './m${n % 40}';\n`,
      (n) => `export * as n${n} from './m${n % 40}';\n`,
      (n) => `export function g(a: ${n}): void;\n`,
      (n) => `export interface I${n % 10} { a: ${n} }\n`,
      (n) => `import { a${n} } from './m${n % 40}'; export { a${n} };\n`,
      (n) => `export { missing${n} } from './nowhere${n}';\n`,
      (n) => `/** @internal */ export namespace N${n} { export const a = 1; }\n`,
      (n) => `export { lost${n} };\n`,
      (n) => `export const enum E { a${n} }\nexport import E = N${n}.E;\n`,
    ],
  },
  python: {
    recorded: python as unknown as Recorded[],
    entries: ['pkg/__init__.py'],
    comment: '#',
    pieces: split(
      'from .a import * | from . import a as b | import a.b | __all__ = [ | __all__ += a.__all__ | __all__.extend(( | ] | ) | ( | { | ' +
        '""" | \' | f"{ | \\\n | # | \n | \n    | \t | : | if x:\n  | else:\n  | try:\n  | except ImportError:\n  | def f(): pass\n | class A:\n  | lambda: | ' +
        'del a | global a | globals()["a"] = 1 | def __getattr__(a): ... | # leasehold: allow(exports/wildcard) -- x\n | é | \0 | \ud83d | ;',
    ),
    items: [
      (n) => `def f${n}(): pass\n`,
      (n) => `from .m${n % 40} import *\n`,
      (n) => `from .m${n % 40} import a${n} as b${n}\n`,
      (n) => `__all__ += ["f${n}"]\n`,
      (n) => `__all__ += m${n}.__all__\n`,
      (n) => `if x${n}:\n  from .m${n % 40} import c\nelse:\n  c = 1\n`,
      (n) => `try:\n  import d${n}\nexcept ImportError:\n  d${n} = None\n`,
      (n) => `f${n + 1} = f${n}\n`,
    ],
  },
};

/** Every way in which a case is made, a language each. */
export const FUZZ_FAMILIES: readonly string[] = Object.keys(DIALECTS).flatMap((name) =>
  ['mended', 'crossed', 'repeated', 'nested', 'many', 'excused'].map((way) => `${name} ${way}`),
);

const pick = <T>(list: readonly T[], random: Random): T => list[random(list.length)] as T;

const mend = (text: string, { pieces }: Dialect, random: Random): string => {
  const at = random(text.length + 1);
  const piece = pick(pieces, random);
  const ways = [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + piece + text.slice(at),
    () => text.slice(0, at) + text.slice(at + 1 + random(20)),
    () => text.slice(0, at) + text.slice(0, random(300)) + text.slice(at),
    () => text.slice(0, at) + piece.repeat(1 + random(200)) + text.slice(at),
  ];
  return pick(ways, random)();
};

const mendAll = (files: Files, dialect: Dialect, random: Random): Files => {
  const mended = Object.entries(files).map(([path, text]): [string, string] => {
    let own = text;
    for (let left = random(4); left > 0; left -= 1) own = mend(own, dialect, random);
    return [path, own];
  });
  // A file that is gone, or lies elsewhere.
  return Object.fromEntries(mended.filter(() => random(12) > 0));
};

/** At most so many characters in one file of a case. */
const MAX_TEXT = 250_000;

const writeOften = (make: (number: number) => string, random: Random): string => {
  const limit = 1_000 + random(MAX_TEXT);
  let text = '';
  for (let number = 0; text.length < limit; number += 1) text += make(number);
  return text;
};

type Way = (dialect: Dialect, random: Random) => { files: Files; base: Files | null };

const entryOf = ({ entries }: Dialect): string => entries[0] ?? '';

/** All that was there before is gone, and excused a name each. */
const excuse: Way = (dialect, random) => {
  const { comment, items } = dialect;
  const allow = (n: number): string => `${comment} leasehold: allow(exports/removed: f${n}) -- x\n`;
  const base = { [entryOf(dialect)]: writeOften(pick(items, random), random) };
  return { files: { [entryOf(dialect)]: writeOften(allow, random) }, base };
};

const WAYS: Readonly<Record<string, Way>> = {
  mended: (dialect, random) => {
    const { files } = pick(dialect.recorded, random);
    return {
      files: mendAll(files, dialect, random),
      base: random(3) === 0 ? null : mendAll(files, dialect, random),
    };
  },
  crossed: (dialect, random) => {
    const [one, other] = [pick(dialect.recorded, random), pick(dialect.recorded, random)];
    const texts = Object.values(other.files);
    const files = Object.entries(one.files).map(([path, text]) => {
      const more = pick(texts, random);
      return [path, text.slice(0, random(text.length + 1)) + more.slice(random(more.length + 1))];
    });
    return { files: Object.fromEntries(files), base: one.base ?? other.files };
  },
  repeated: (dialect, random) => {
    const [one, other] = [pick(dialect.pieces, random), pick(dialect.pieces, random)];
    const text = writeOften(() => one + other, random);
    return { files: { [entryOf(dialect)]: text }, base: null };
  },
  nested: (dialect, random) => {
    const [open, close] = [pick(dialect.pieces, random), pick(dialect.pieces, random)];
    const count = 1 + random(3_000);
    const text = open.repeat(count) + pick(dialect.pieces, random) + close.repeat(count);
    const base = { [entryOf(dialect)]: mend(text, dialect, random) };
    return { files: { [entryOf(dialect)]: text }, base };
  },
  many: (dialect, random) => {
    const [one, other] = [pick(dialect.items, random), pick(dialect.items, random)];
    const text = writeOften((number) => one(number) + other(number), random);
    const files: Files = { [entryOf(dialect)]: text };
    const directory = entryOf(dialect).replace(/[^/]*$/, '');
    const extension = entryOf(dialect).replace(/^.*\./, '');
    if (random(2) === 0 && extension !== 'rs') {
      const beside = writeOften(pick(dialect.items, random), random).slice(0, 5_000);
      for (let number = 0; number < 40; number += 1)
        files[`${directory}m${number}.${extension}`] = beside.replace(/\n[^\n]*$/, '\n');
    }
    return {
      files,
      base: random(2) === 0 ? null : { ...files, [entryOf(dialect)]: mend(text, dialect, random) },
    };
  },
  excused: excuse,
};

/** One case of a family; the same three give the same one. */
export const makeCase = (family: string, seed: number, turn: number): FuzzCase => {
  const [name = '', way = ''] = family.split(' ');
  const dialect = DIALECTS[name];
  const make = WAYS[way];
  if (!dialect || !make) throw new Error(`there is no family ${family}`);
  const salt = FUZZ_FAMILIES.indexOf(family) * 7_919;
  const random = createRandom(Math.imul(seed, 1_000_003) + turn * 101 + salt);
  return { ...make(dialect, random), entries: dialect.entries, made: `${family}, turn ${turn}` };
};

const openTree = (files: Files): Tree => ({
  read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  list: () => Object.keys(files),
  // Its text for its id: as much as anybody could know of it.
  id: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  ahead: () => undefined,
});

/** Results as a cache would have them: what comes out of it went through JSON. */
const createScans = (): Scans => {
  const kept = new Map<string, string>();
  const find = (key: string): unknown => {
    const json = kept.get(key);
    return json === undefined ? undefined : JSON.parse(json);
  };
  const keep = (key: string, result: unknown): void => {
    try {
      kept.set(key, JSON.stringify(result));
    } catch {
      // What is nested too deeply for a text is kept nowhere.
    }
  };
  return {
    has: (key) => kept.has(key),
    find,
    keep,
    findBase: (key) => find(`base ${key}`),
    keepBase: (key, result) => keep(`base ${key}`, result),
    save: () => undefined,
  };
};

const audit = ({ files, base, entries }: FuzzCase, scans: Scans | undefined): ExportFinding[] => {
  // The base is a commit, which is kept as a whole.
  const [head, before] = [openTree(files), base && { ...openTree(base), version: 'base' }];
  return auditTrees({
    head,
    base: before,
    entries: findAllEntries(head, before, entries),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: base === null,
    scans,
  }).findings;
};

/** Seconds of CPU that a case took, and why it failed, if it did. */
export type FuzzVerdict = { seconds: number; findings: number; failure: string | undefined };

const measure = <T>(act: () => T): { seconds: number; value: T } => {
  const start = process.cpuUsage();
  const value = act();
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1_000_000, value };
};

/** Audits a case, a second time with what the first one has kept, which must say the same. */
export const checkCase = (fuzzCase: FuzzCase): FuzzVerdict => {
  try {
    const scans = createScans();
    const first = measure(() => audit(fuzzCase, scans));
    const { seconds, value: findings } = first;
    const isSame = JSON.stringify(audit(fuzzCase, scans)) === JSON.stringify(findings);
    const failure = isSame ? undefined : 'what was kept says something else';
    return { seconds, findings: findings.length, failure };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seconds: 0, findings: 0, failure };
  }
};

/** A case as text: what is long is cut in the middle. */
export const tellCase = ({ files, base, made }: FuzzCase): string => {
  const cut = (text: string): string =>
    text.length > 400 ? `${text.slice(0, 200)}…${text.slice(-150)} (${text.length})` : text;
  const shorten = (side: Files | null): Files | null =>
    side && Object.fromEntries(Object.entries(side).map(([path, text]) => [path, cut(text)]));
  return JSON.stringify({ made, files: shorten(files), base: shorten(base) });
};
