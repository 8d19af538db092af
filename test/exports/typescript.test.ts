import { describe, expect, it } from 'vitest';
import type { ExportFinding } from '../../src/exports/audit.ts';
import { auditTrees, findEntries } from '../../src/exports/trees.ts';
import { TYPESCRIPT } from '../../src/exports/typescript-language.ts';
import { memoryTree } from './memory-tree.ts';

type Files = Record<string, string>;

const ENTRY = 'src/index.ts';

/** The names that an entry shows: `value const a`, sorted. */
const namesOf = (files: Files, path = ENTRY): string[] => {
  const entry = { path, isConfigured: true, isPublishable: true, isProgram: false };
  const { modules, root } = TYPESCRIPT.createReader(undefined).read(memoryTree(files), entry);
  return (modules.get(root)?.bindings ?? [])
    .filter(({ isShadowed }) => !isShadowed)
    .map(({ name, namespace, kind }) => `${namespace} ${kind} ${name}`)
    .sort();
};

const audit = (files: Files, base: Files | null = null, path = ENTRY): ExportFinding[] => {
  const head = memoryTree(files);
  return auditTrees({
    head,
    base: base && memoryTree(base),
    entries: findEntries(head, [path]),
    settings: { rules: {}, internal: [] },
    trailers: [],
    stage: 'range',
    isWhole: true,
  }).findings;
};

/** `duplicate src/index.ts:1 a`, of what is not let through. */
const tell = (files: Files, base: Files | null = null, path = ENTRY): string[] =>
  audit(files, base, path)
    .filter(({ suppressed }) => suppressed === undefined)
    .map(({ rule, path: at, line, name }) => `${rule.slice(8)} ${at}:${line} ${name}`);

const index = (text: string, more: Files = {}): Files => ({ [ENTRY]: text, ...more });

describe('what a file exports', () => {
  it.each([
    ['export const a = 1, b = 2', ['value const a', 'value const b']],
    [
      'export const { a, b: [c, ...d], ...e } = f',
      ['a', 'c', 'd', 'e'].map((n) => `value const ${n}`),
    ],
    ['export class A {}', ['type class A', 'value class A']],
    ['export abstract class A {}', ['type class A', 'value class A']],
    ['@dec\nexport class A {}', ['type class A', 'value class A']],
    ['export @dec class A {}', ['type class A', 'value class A']],
    ['export const enum A { B }', ['type enum A', 'value enum A']],
    ['export const /* c */ enum A { B }', ['type enum A', 'value enum A']],
    ['export declare function a(): void', ['value function a']],
    ['export async function* a() {}', ['value function a']],
    ['export interface A {}', ['type interface A']],
    ['export type A = 1', ['type type A']],
    ['export namespace A { export type B = 1 }', ['type namespace A']],
    ['export namespace A { export const b = 1 }', ['type namespace A', 'value namespace A']],
    ['export default class {}', ['type class default', 'value class default']],
    ['export default abstract class A {}', ['type class default', 'value class default']],
    ['export default interface A {}', ['type interface default']],
    ['export default () => 1', ['value default default']],
    ['class A {}\nexport default A', ['type class default', 'value class default']],
    [
      'class A {}\nexport { A as B, A as "a b" }',
      ['type class B', 'type class a b', 'value class B', 'value class a b'],
    ],
    ['class A {}\nexport type { A }', ['type class A']],
    ['class A {}\nexport { type A }', ['type class A']],
    ['const a = 1; export { a as default }', ['value const default']],
    ['export /* odd */ const a = 1', ['value const a']],
    ['export import a = require("./b")', ['unknown alias a']],
    ['export {}', []],
  ])('of %j', (text, expected) => {
    expect(namesOf(index(text, { 'src/b.ts': '' }))).toEqual(expected);
  });

  it('is all that a declaration file declares, unless it lists something', () => {
    const ambient = 'export const a: 1;\ninterface B {}\ndeclare const B: 1;\n';
    const names = ['type interface B', 'value const B', 'value const a'];
    expect(namesOf({ 'a.d.ts': ambient }, 'a.d.ts')).toEqual(names);
    expect(namesOf({ 'a.d.ts': `${ambient}export {};` }, 'a.d.ts')).toEqual(['value const a']);
  });

  it('is whatever `export =` is, so that any name may be there', () => {
    const files = index('export { anything } from "./a"', {
      'src/a.ts': 'const a = 1; export = a;',
    });
    expect(namesOf(files)).toEqual(['unknown name anything']);
    expect(tell(files)).toEqual([]);
  });

  it('is not known of a script that has no module syntax', () => {
    const files = index('export { a } from "./a.cjs"', {
      'src/a.cjs': 'module.exports = { a: 1 };',
    });
    expect(tell(files)).toEqual([]);
  });
});

describe('a re-export', () => {
  const more = {
    'src/a.ts': 'export class K {}\nexport default 1;\nexport type T = 1;\nexport const v = 1;',
  };

  it.each([
    ['export { K } from "./a"', ['type class K', 'value class K']],
    ['export type { K } from "./a"', ['type class K']],
    ['export { type K, v } from "./a"', ['type class K', 'value const v']],
    ['export { default } from "./a"', ['value default default']],
    ['export { default as d } from "./a.js"', ['value default d']],
    ['import { K } from "./a"; export { K as L }', ['type class L', 'value class L']],
    ['import type { K } from "./a"; export { K }', ['type class K']],
    ['import d from "./a"; export { d }', ['value default d']],
    ['import d from "./a"; export default d', ['value default default']],
    ['import * as ns from "./a"; export { ns }', ['type module ns', 'value module ns']],
    ['export * as ns from "./a"', ['type module ns', 'value module ns']],
    ['export type * as ns from "./a"', ['type module ns']],
    ['export * from "./a"', ['type class K', 'type type T', 'value class K', 'value const v']],
    ['export type * from "./a"', ['type class K', 'type const v', 'type type T']],
    ['export { x } from "outside"', ['unknown name x']],
    ['export * from "outside"', []],
  ])('gives what is there: %j', (text, expected) => {
    expect(namesOf(index(text, more))).toEqual(expected);
  });

  it('goes through cycles of names and of stars', () => {
    const files = index('export * from "./a"; export { q } from "./b";', {
      'src/a.ts': 'export * from "./b"; export { p } from "./b"; export const a = 1;',
      'src/b.ts': 'export * from "./a"; export { p } from "./a"; export const q = 1;',
    });
    expect([...new Set(namesOf(files))]).toEqual([
      'unknown name p',
      'value const a',
      'value const q',
    ]);
    expect(tell(files).filter((each) => each.startsWith('unresolved'))).toHaveLength(2);
  });

  it('goes through thousands of files', () => {
    const files: Files = index('export * from "./m0"; export { last as named } from "./m0";');
    for (let at = 0; at < 3_000; at += 1) {
      files[`src/m${at}.ts`] = `export { last } from "./m${at + 1}";`;
    }
    files['src/m3000.ts'] = 'export const last = 1;';
    expect(namesOf(files)).toEqual(['value const last', 'value const named']);
  });

  it('is told once of a chain within one file, and of names that wait for each other', () => {
    const chain = [1, 2, 3].map((n) => `export { f${n - 1} as f${n} } from './index';\n`).join('');
    const lost = (text: string) =>
      tell(index(`export const a = 1;\n${text}`)).filter((each) => each.startsWith('unresolved'));
    expect(lost(chain)).toEqual(['unresolved src/index.ts:2 f1']);
    const circle = "export { b as c } from './index';\nexport { c as b } from './index';\n";
    expect(lost(circle)).toHaveLength(2);
  });

  it('is said of nothing where there are more names than anybody follows', () => {
    const lines = Array.from(
      { length: 6_000 },
      (_, n) => `export const f${n} = 1;\nexport { f${n} as f${n + 1} } from './index';\n`,
    );
    const rules = tell(index(`${lines.join('')}export { lost } from './index';`));
    expect(rules.filter((each) => each.startsWith('unresolved'))).toEqual([]);
    expect(rules.filter((each) => each.startsWith('unparsable'))).toHaveLength(1);
  });

  it('of a name that is gone is told once, where the chain breaks', () => {
    const files = index('export { a } from "./b"', {
      'src/b.ts': 'export { a } from "./c"',
      'src/c.ts': 'export const other = 1;',
    });
    expect(tell(files)).toEqual(['unresolved src/b.ts:1 a']);
  });

  it.each([
    ['export { a } from "./gone"', ['unresolved src/index.ts:1 a']],
    [
      'export * from "./gone"',
      ['unresolved src/index.ts:1 ./gone', 'wildcard src/index.ts:1 ./gone'],
    ],
    ['export * as ns from "./gone"', ['unresolved src/index.ts:1 ns']],
    ['export { b }', ['unresolved src/index.ts:1 b']],
    ['export { b } from "./data.json"', []],
    ['export { b } from "./style.css?inline"', []],
    ['export { b } from "./generated/client"', []],
    ['if (x) { var b = 1; }\nexport { b }', []],
  ])('that leads nowhere is told, unless something may yet make it: %j', (text, expected) => {
    expect(tell(index(text, { '.gitignore': '/dist\ngenerated/\n' }))).toEqual(expected);
  });
});

describe('a duplicate', () => {
  const more = {
    'src/a.ts': 'export const x = 1;\nexport type t = 1;',
    'src/b.ts': 'export const x = 2;\nexport const t = 1;',
    'src/c.ts': 'export { x } from "./a";',
    'src/d.ts': 'export interface x {}',
    'src/e.ts': 'export const x = 3;',
  };

  it.each([
    [
      'overloads',
      'export function a(): 1;\nexport function a(b: 1): 2;\nexport function a(b?: 1) {}',
    ],
    [
      'overloads without semicolons, that end as bodies do',
      'export function a(): { b: 1 }\nexport function a(b: 1): { b: 2 }\nexport function a(b?: 1) {}',
    ],
    [
      'overloads of a default',
      'export default function a(): 1;\nexport default function a(b?: 1) {}',
    ],
    ['interfaces that merge', 'export interface A {}\nexport interface A {}'],
    ['a class and an interface', 'export class A {}\nexport interface A {}'],
    ['a class and a namespace', 'export class A {}\nexport namespace A { export const b = 1 }'],
    [
      'a function and a namespace',
      'export function a() {}\nexport namespace a { export const b = 1 }',
    ],
    ['enums that merge', 'export enum A { B }\nexport enum A { C = 1 }'],
    ['a type and a value', 'export type A = 1;\nexport const A = 1;'],
    [
      'a default interface and function',
      'export default interface A {}\nexport default function a() {}',
    ],
    ['one item by two stars', 'export * from "./a"; export * from "./c";'],
    ['one item by a star and by name', 'export * from "./c"; export { x } from "./a";'],
    ['two constant enumerations', 'export const enum A { a }\nexport const enum A { b = 1 }'],
    [
      'a constant enumeration and a namespace of types',
      'export const enum A { a }\nexport namespace A { export type b = 1; }',
    ],
    ['an alias and a type', 'export import A = m.b;\nexport interface A {}'],
    [
      'an alias and a namespace',
      'export import A = m.B;\nexport namespace A { export const b = 1; }',
    ],
    ['a name of a star and the same default', 'export default 1; export { x } from "./a"'],
    [
      'one name of two modules from outside',
      'export * from "m"; export * from "n"; export { x } from "m";',
    ],
  ])('is none: %s', (_, text) => {
    expect(tell(index(text, more)).filter((each) => each.startsWith('duplicate'))).toEqual([]);
  });

  it.each([
    [
      'two functions with bodies',
      'export function a() {}\nexport function a() {}',
      'src/index.ts:2 a',
    ],
    ['two constants', 'export const a = 1;\nexport const a = 2;', 'src/index.ts:2 a'],
    ['two aliases', 'export type A = 1;\nexport type A = 2;', 'src/index.ts:2 A'],
    ['a class and a function', 'export class A {}\nexport function A() {}', 'src/index.ts:2 A'],
    ['two defaults', 'export default 1;\nexport default 2;', 'src/index.ts:2 default'],
    ['one name twice in a list', 'const a = 1;\nexport {\n  a,\n  a,\n};', 'src/index.ts:4 a'],
    ['two re-exports', 'export { x } from "./a";\nexport { x } from "./b";', 'src/index.ts:2 x'],
    [
      'imports that are exported',
      'import { x } from "./a";\nimport { x as y } from "./b";\nexport { x };\nexport { y as x };',
      'src/index.ts:4 x',
    ],
    // As the compiler has it: whatever an alias stands for (TS2323, TS2440, TS2300).
    [
      'an alias of a namespace’s name and a constant',
      'export const a = 1;\nexport import a = m.b;',
      'src/index.ts:2 a',
    ],
    [
      'an alias and a class behind it',
      'export import A = m.B;\nexport class A {}',
      'src/index.ts:2 A',
    ],
    [
      'two aliases of namespaces’ names',
      'export import a = m.b;\nexport import a = m.c;',
      'src/index.ts:2 a',
    ],
    [
      'an alias and a name of a list',
      'const b = 1;\nexport import a = m.b;\nexport { b as a };',
      'src/index.ts:3 a',
    ],
    // TS2567
    [
      'a constant enumeration and another one',
      'export enum A { a }\nexport const enum A { b = 1 }',
      'src/index.ts:2 A',
    ],
    [
      'a constant enumeration with a comment in its head and another one',
      'export const /* a */ enum A { a }\nexport enum A { b = 1 }',
      'src/index.ts:2 A',
    ],
    [
      'a declared constant enumeration and a namespace',
      'export declare const enum A { a }\nexport namespace A { export const b = 1; }',
      'src/index.ts:2 A',
    ],
    // As the compiler has it: a list gives all that a name stands for (TS2300), and so does a star (TS2308).
    [
      'a type from one list, a value from another',
      'export type { t } from "./a";\nexport { t } from "./b";',
      'src/index.ts:2 t',
    ],
    [
      'two stars',
      '// leasehold: allow(exports/wildcard) -- here\nexport * from "./a";\nexport * from "./e"; // leasehold: allow(exports/wildcard) -- there',
      'src/index.ts:3 x',
    ],
    [
      'a type and a value by two stars',
      '// leasehold: allow(exports/wildcard) -- here\nexport * from "./a";\nexport * from "./d"; // leasehold: allow(exports/wildcard) -- there',
      'src/index.ts:3 x',
    ],
  ])('is told: %s', (_, text, expected) => {
    expect(tell(index(text, more))).toEqual([`duplicate ${expected}`]);
  });
});

describe('what is gone', () => {
  it('is told of a namespace’s names too, and of a package’s `export * as`', () => {
    const base = index('export * as ns from "./a"', { 'src/a.ts': 'export const b = 1, c = 1;' });
    const head = index('export * as ns from "./a"', { 'src/a.ts': 'export const b = 1;' });
    expect(tell(head, base)).toEqual(['removed src/a.ts:1 c']);
  });

  it('is nothing where a file was moved, or a name became a star’s', () => {
    const base = index('export { a, b } from "./a"', { 'src/a.ts': 'export const a = 1, b = 1;' });
    const head = index('export * from "./a/index.js"', {
      'src/a/index.ts': 'export const a = 1, b = 1;',
    });
    expect(tell(head, base)).toEqual(['wildcard src/index.ts:1 ./a/index.js']);
  });

  it('is nothing where what was there was internal', () => {
    const base = index('/** @internal */\nexport const a = 1;\nexport const b = 1;');
    expect(tell(index('export const b = 1;'), base)).toEqual([]);
  });

  it('is a value that became a type, and a narrowed name where nobody knows what it is', () => {
    const base = index('export { K } from "./a";\nexport { M } from "outside";', {
      'src/a.ts': 'export class K {}',
    });
    const head = index('export type { K } from "./a";\nexport type { M } from "outside";', {
      'src/a.ts': 'export class K {}',
    });
    expect(tell(head, base)).toEqual(['removed src/index.ts:1 K', 'narrowed src/index.ts:2 M']);
  });

  it('is not said of what a file hides that cannot be parsed', () => {
    const base = index('export * from "./a";', { 'src/a.ts': 'export const a = 1;' });
    const head = index('export * from "./a";', { 'src/a.ts': 'export const a = ;' });
    expect(tell(head, base)).toEqual(['unparsable src/a.ts:1 ']);
  });

  it('may be said with a reason, anywhere in the file', () => {
    const base = index('export const a = 1;\nexport const b = 1;');
    const head = index(
      'export const b = 1;\n// leasehold: allow(exports/removed: a) -- nobody used it\n',
    );
    expect(tell(head, base)).toEqual([]);
  });
});

describe('a comment that lets something through', () => {
  it('is no doc comment, which shows how one is written', () => {
    const more = { 'src/a.ts': 'export const a = 1;' };
    const allow = 'leasehold: allow(exports/wildcard) -- why';
    const star = 'export * from "./a";';
    expect(tell(index(`/* ${allow} */\n${star}`, more))).toEqual([]);
    expect(tell(index(`/** ${allow} */\n${star}`, more))).toEqual(['wildcard src/index.ts:2 ./a']);
  });
});

describe('a name of a star', () => {
  // As TypeScript has it: what a module says itself is all that the name is.
  it.each([
    ['export interface x {}', 'export const x = 1;', ['type interface x']],
    ['export const x = 1;', 'export interface x {}', ['value const x']],
    ['export { x } from "./b"', 'export class x {}', ['type type x']],
  ])('is hidden wholly by an explicit one: %s beside %s', (own, text, names) => {
    const more = { 'src/a.ts': text, 'src/b.ts': 'export type x = 1;' };
    const files = index(`export * from "./a";\n${own}`, more);
    expect(namesOf(files)).toEqual(names);
    expect(tell(files).filter((each) => each.startsWith('duplicate'))).toEqual([
      'duplicate src/index.ts:1 x',
    ]);
  });

  it('is lost where an explicit one of another namespace comes in', () => {
    const more = { 'src/a.ts': 'export const x = 1;' };
    const base = index('export * from "./a";', more);
    const lost = tell(index('export * from "./a";\nexport type x = 1;', more), base);
    expect(lost).toEqual(['removed src/a.ts:1 x', 'duplicate src/index.ts:1 x']);
  });

  it.each([
    ['the same item', 'export type { x } from "./a"'],
    ['one from outside, of which nobody knows what it is', 'export { x } from "outside"'],
  ])('is hidden in silence by %s', (_, own) => {
    const more = { 'src/a.ts': 'export class x {}' };
    const told = tell(index(`export * from "./a";\n${own}`, more));
    expect(told.filter((each) => each.startsWith('duplicate'))).toEqual([]);
  });
});

describe('what looks internal', () => {
  const more = { 'src/_a/b.ts': 'export const b = 1;\n/** @internal */\nexport const c = 1;' };

  it('is told of paths in the repository, and of namespaces', () => {
    const text =
      'export { b, c } from "./_a/b";\nexport { d } from "outside/internal";\nexport * as internal from "./_a/b";';
    expect(tell(index(text, more))).toEqual([
      'internal src/index.ts:1 b',
      'internal src/index.ts:3 internal',
    ]);
  });
});

describe('two re-exports of one module', () => {
  it('should be one, unless one is of types', () => {
    const more = { 'src/a.ts': 'export const a = 1, b = 1;\nexport type T = 1;' };
    const text =
      'export { a, type T as U } from "./a";\nexport type { T } from "./a";\nexport { b } from "./a.js";';
    expect(tell(index(text, more))).toEqual(['split src/index.ts:3 ./a.js']);
  });
});

describe('a file that is no good', () => {
  it.each([
    ['export const a = ;', 1],
    ['export const a = 1;\n<<<<<<< HEAD\nexport const b = 1;\n=======\n>>>>>>> other\n', 2],
    ['export const a = 1;\nfunction b() {', 2],
  ])('is told at the place: %j', (text, line) => {
    expect(tell(index(text))).toEqual([`unparsable src/index.ts:${line} `]);
  });

  it.each([
    'export const a = 1;\nreturn 1;',
    'export const a = 1; let b; let b;',
    '#!/usr/bin/env node\nexport const a = 1;',
    '\uFEFFexport const a = 1;',
  ])('is not one whose names can all be seen: %j', (text) => {
    expect(tell(index(text))).toEqual([]);
    expect(namesOf(index(text))).toEqual(['value const a']);
  });

  it('is not one of Flow’s, which is another language', () => {
    expect(
      tell(
        { 'a.js': '// @flow\nimport type { A } from "./b";\nexport type B = {| a: A |};' },
        null,
        'a.js',
      ),
    ).toEqual([]);
  });
});
