import { describe, expect, it } from 'vitest';
import { findDuplicates } from '../../src/exports/find-duplicates.ts';
import type { Entry, Surface } from '../../src/exports/model.ts';
import { readRustSurface } from '../../src/exports/rust.ts';
import { scanRust } from '../../src/exports/rust-text.ts';
import { memoryTree } from './memory-tree.ts';

const ENTRY: Entry = {
  path: 'src/lib.rs',
  isConfigured: true,
  isPublishable: true,
  isProgram: false,
};

const surfaceOf = (files: Record<string, string>, path = ENTRY.path): Surface => {
  const tree = memoryTree(files);
  const read = (file: string) => {
    const text = tree.read(file);
    return text === undefined ? undefined : scanRust(text);
  };
  return readRustSurface(tree, { ...ENTRY, path }, read);
};

/** The names of a module, sorted: `f`, `f (hidden)`, `f?` where it comes from outside, `f!` where it is missing. */
const namesOf = (surface: Surface, id = surface.root): string[] => {
  const bindings = surface.modules.get(id)?.bindings ?? [];
  const names = bindings
    .filter(({ isShadowed, kind }) => !isShadowed && kind !== 'constructor')
    .map(({ name, isHidden, namespace, isMissing }) => {
      const unknown = isMissing ? '!' : namespace === 'unknown' ? '?' : '';
      return `${name}${unknown}${isHidden ? ' (hidden)' : ''}`;
    });
  return [...new Set(names)].sort();
};

const lib = (text: string, more: Record<string, string> = {}): Surface =>
  surfaceOf({ 'src/lib.rs': text, ...more });

describe('the names of a crate', () => {
  it.each<[string, string, string[]]>([
    [
      'what is public',
      'pub fn a() {} fn b() {} pub(crate) fn c() {} pub(in crate) fn d() {} pub(self) fn e() {}',
      ['a'],
    ],
    [
      'what a private module shows',
      'mod a { pub fn b() {} fn c() {} pub(super) fn d() {} } pub use a::*;',
      ['b'],
    ],
    [
      'paths by crate, self and super',
      'mod a { pub fn b() {} pub mod c { pub use super::b as d; } } pub use crate::a::b; pub use self::a::c::d;',
      ['b', 'd'],
    ],
    [
      'several supers',
      'pub fn a() {} mod b { pub mod c { pub use super::super::a as d; } } pub use b::c::d;',
      ['a', 'd'],
    ],
    [
      'nested trees',
      'mod a { pub mod b { pub fn c() {} } pub mod d { pub fn e() {} } } pub use a::{b::{self, c as f}, d::*};',
      ['b', 'e', 'f'],
    ],
    ['raw names', 'mod r#type { pub fn r#fn() {} } pub use r#type::r#fn;', ['fn']],
    ['no name for as _', 'mod a { pub trait T {} } pub use a::T as _;', []],
    [
      'names in a chain, whatever the order',
      'pub use self::b as c; pub use self::a as b; pub fn a() {}',
      ['a', 'b', 'c'],
    ],
    [
      'globs that are circular',
      'mod a { pub use super::b::*; pub fn c() {} } mod b { pub use super::a::*; pub fn d() {} } pub use a::*;',
      ['c', 'd'],
    ],
    [
      'imports that are circular',
      'mod a { pub use super::b::x; } mod b { pub use super::a::x; } pub use a::x;',
      ['x!'],
    ],
    [
      'globs of what a glob brings',
      'mod a { pub mod b { pub fn c() {} } } use a::*; pub use b::*;',
      ['c'],
    ],
    [
      'the variants of an enum',
      'pub enum E { A, B } pub use E::*; mod x { pub enum F { C } } pub use x::F::C;',
      ['A', 'B', 'C', 'E'],
    ],
    [
      'macros that are exported from anywhere',
      'mod a { #[macro_export] macro_rules! m { () => {} } macro_rules! n { () => {} } }',
      ['m'],
    ],
    [
      'an exported macro by another path',
      '#[macro_export] macro_rules! m { () => {} } pub mod a { pub use crate::m; }',
      ['a', 'm'],
    ],
    [
      'crates from outside, which nobody knows',
      'pub use serde::Serialize; pub extern crate alloc; pub use ::a::b;',
      ['Serialize?', 'alloc', 'b?'],
    ],
    ['an alias of a crate from outside', 'use serde as s; pub use s::X;', ['X?']],
    [
      'itself by another name',
      'extern crate self as me; pub fn a() {} pub use me::a as b;',
      ['a', 'b'],
    ],
    [
      'what is hidden',
      '#[doc(hidden)] pub fn a() {} #[doc(hidden)] pub mod b {} mod c { #[doc(hidden)] pub fn d() {} } pub use c::d;',
      ['a (hidden)', 'b (hidden)', 'd (hidden)'],
    ],
    [
      'what is there under test alone',
      '#[cfg(test)] pub fn a() {} #[cfg(all(test, unix))] pub mod b {}',
      ['a (hidden)', 'b (hidden)'],
    ],
    [
      'what lies in cfg_if',
      'cfg_if! { if #[cfg(unix)] { mod a { pub fn b() {} } pub use a::b; } else { pub fn b() {} } }',
      ['b'],
    ],
    ['functions of another language', 'extern "C" { pub fn a(); fn b(); }', ['a']],
    [
      'an explicit name before a glob’s',
      'mod a { pub fn f() {} } mod b { pub fn f() {} pub fn g() {} } pub use b::*; pub use a::f;',
      ['f', 'g'],
    ],
  ])('are %s', (_, text, expected) => {
    expect(namesOf(lib(text))).toEqual(expected);
  });

  it('take an explicit name in the place of a glob’s in its own namespace alone', () => {
    const surface = lib('mod a { pub struct f {} pub fn g() {} } pub use a::*; pub fn f() {}');
    const kinds = surface.modules.get('crate')?.bindings.map(({ name, kind }) => `${kind} ${name}`);
    expect(kinds?.sort()).toEqual(['fn f', 'fn g', 'struct f']);
  });

  it('hand on through a glob what the other module itself shows', () => {
    const surface = lib(
      'mod a { mod c { pub fn f() {} } pub use c::*; pub fn f() {} } pub use a::*;',
    );
    const origins = surface.modules.get('crate')?.bindings.map(({ origin }) => origin);
    expect(origins).toEqual(['crate::a::f value']);
  });
});

describe('the module tree', () => {
  it.each<[string, Record<string, string>, string[]]>([
    [
      'beside',
      { 'src/lib.rs': 'pub mod a;', 'src/a.rs': 'pub mod b;', 'src/a/b.rs': 'pub fn f() {}' },
      ['crate', 'crate::a', 'crate::a::b'],
    ],
    [
      'in mod.rs',
      { 'src/lib.rs': 'pub mod a;', 'src/a/mod.rs': 'pub mod b;', 'src/a/b/mod.rs': '' },
      ['crate', 'crate::a', 'crate::a::b'],
    ],
    [
      'below an inline module',
      { 'src/lib.rs': 'pub mod a { pub mod b; }', 'src/a/b.rs': '' },
      ['crate', 'crate::a', 'crate::a::b'],
    ],
    [
      'by an attribute',
      {
        'src/lib.rs': '#[path = "x/y.rs"] pub mod a;',
        'src/x/y.rs': 'pub mod b;',
        'src/x/b.rs': '',
      },
      ['crate', 'crate::a', 'crate::a::b'],
    ],
    [
      'by an attribute in a file that is no mod.rs',
      { 'src/lib.rs': 'pub mod a;', 'src/a.rs': '#[path = "z.rs"] pub mod b;', 'src/z.rs': '' },
      ['crate', 'crate::a', 'crate::a::b'],
    ],
    [
      'by an attribute inside an inline module',
      {
        'src/lib.rs': 'pub mod a;',
        'src/a.rs': 'pub mod c { #[path = "z.rs"] pub mod b; }',
        'src/a/c/z.rs': '',
      },
      ['crate', 'crate::a', 'crate::a::c', 'crate::a::c::b'],
    ],
    [
      'by one attribute or another',
      {
        'src/lib.rs':
          '#[cfg_attr(unix, path = "u.rs")] #[cfg_attr(windows, path = "w.rs")] pub mod a;',
        'src/u.rs': '',
        'src/w.rs': '',
      },
      ['crate', 'crate::a', 'crate::a~2'],
    ],
    [
      'with a raw name',
      { 'src/lib.rs': 'pub mod r#type;', 'src/type.rs': '' },
      ['crate', 'crate::type'],
    ],
  ])('is followed %s', (_, files, expected) => {
    const surface = surfaceOf(files);
    expect([...surface.modules.keys()].sort()).toEqual(expected);
    expect(surface.faults).toEqual([]);
    expect(surface.unresolved).toEqual([]);
  });

  it('tells of two files for one module', () => {
    const surface = surfaceOf({ 'src/lib.rs': '\nmod a;', 'src/a.rs': '', 'src/a/mod.rs': '' });
    expect(surface.conflicts).toMatchObject([
      {
        statement: { path: 'src/lib.rs', line: 2 },
        name: 'a',
        paths: ['src/a.rs', 'src/a/mod.rs'],
      },
    ]);
  });

  it('ends where a file is its own module', () => {
    const surface = surfaceOf({ 'src/lib.rs': '#[path = "lib.rs"] pub mod a; pub fn f() {}' });
    expect(namesOf(surface)).toEqual(['a', 'f']);
  });

  it('of a broken file costs its own names alone', () => {
    const surface = surfaceOf({
      'src/lib.rs': 'mod a; mod b; pub use a::f; pub use b::*; pub use b::g;',
      'src/a.rs': 'pub fn f() {}',
      'src/b.rs': 'pub fn g() {',
    });
    expect(namesOf(surface)).toEqual(['f', 'g?']);
    expect(surface.faults).toMatchObject([{ path: 'src/b.rs', line: 1 }]);
    expect(surface.modules.get('crate')?.openings.map(({ key }) => key)).toEqual(['file src/b.rs']);
  });
});

describe('a re-export that leads nowhere', () => {
  const looseOf = (text: string, more: Record<string, string> = {}): string[] =>
    lib(text, more).unresolved.map(({ name, reason }) => `${name}: ${reason}`);

  it.each<[string, string, string[]]>([
    ['a name that is gone', 'mod a {} pub use a::f;', ['f: there is no f there']],
    ['a module that is gone', 'pub use crate::a::f;', ['f: there is no a there']],
    ['a glob of what is gone', 'pub use crate::a::*;', ['crate::a::*: there is no a there']],
    ['a name that is private', 'mod a { fn f() {} } pub use a::f;', ['f: f is private there']],
    [
      'a name that is not public enough',
      'mod a { pub(crate) fn f() {} } pub use a::f;',
      ['f: f is private there'],
    ],
    [
      'the first of a chain',
      'mod a { pub use self::gone; } pub use a::gone;',
      ['gone: there is no gone there'],
    ],
    ['a public module without a file', 'pub mod a;', ['a: there is no file for it']],
  ])('is told: %s', (_, text, expected) => {
    expect(looseOf(text)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['from outside', 'pub use serde::gone;'],
    ['not public', 'mod a {} use a::f; pub(crate) use a::g;'],
    ['perhaps written by a macro', 'mod a { make!(); } pub use a::f;'],
    [
      'perhaps written by a derive',
      'mod a { #[derive(Builder)] pub struct A; } pub use a::ABuilder;',
    ],
    ['perhaps behind a glob from outside', 'mod a { pub use std::io::*; } pub use a::Read;'],
    ['in one namespace public', 'mod a { fn f() {} pub mod f {} } pub use a::f;'],
    ['nobody’s to see', 'mod a { pub use self::gone; }'],
  ])('is not told where it is %s', (_, text) => {
    expect(looseOf(text)).toEqual([]);
  });

  it('is told of a macro of the crate that cannot write the name', () => {
    const macro = 'macro_rules! make { ($n:ident) => { pub fn $n() {} pub fn fixed() {} } }';
    expect(looseOf(`${macro} mod a { make!(f); } pub use a::{f, fixed, g};`)).toEqual([
      'g: there is no g there',
    ]);
  });
});

describe('a workspace', () => {
  const MANIFESTS = {
    'Cargo.toml':
      '[workspace]\nmembers = ["a", "b"]\n[workspace.dependencies]\nb-c = { path = "b" }\n',
    'b/Cargo.toml': '[package]\nname = "b-c"\nedition = "2021"\n',
    'b/src/lib.rs': 'pub fn f() {}',
  };

  it.each([
    ['by path', 'b-c = { path = "../b" }', 'b_c'],
    ['by the workspace', 'b-c.workspace = true', 'b_c'],
    ['under another name', 'other = { package = "b-c", path = "../b" }', 'other'],
  ])('has crates that name each other: %s', (_, dependency, name) => {
    const manifest = `[package]\nname = "a"\nedition = "2021"\n[dependencies]\n${dependency}\n`;
    const files = {
      ...MANIFESTS,
      'a/Cargo.toml': manifest,
      'a/src/lib.rs': `pub use ${name}::{f, g};`,
    };
    const surface = surfaceOf(files, 'a/src/lib.rs');
    expect(namesOf(surface)).toEqual(['f', 'g!']);
  });

  it('does not take a crate of the registry for one of its own', () => {
    const manifest = '[package]\nname = "a"\nedition = "2021"\n[dependencies]\nb-c = "1"\n';
    const files = { ...MANIFESTS, 'a/Cargo.toml': manifest, 'a/src/lib.rs': 'pub use b_c::f;' };
    expect(namesOf(surfaceOf(files, 'a/src/lib.rs'))).toEqual(['f?']);
  });

  it('begins paths at the root where the edition is the old one', () => {
    const files = {
      'Cargo.toml': '[package]\nname = "old"\n',
      'src/lib.rs': 'mod a { pub fn f() {} pub mod b { pub use a::f; } } pub use a::b::f;',
    };
    expect(namesOf(surfaceOf(files))).toEqual(['f']);
  });

  it('takes a name for that of a package whose library may be called so', () => {
    const manifest = '[package]\nname = "a"\nedition = "2021"\n[dependencies]\nxml-rs = "1"\n';
    const text = 'pub use xml::Reader; pub use md5::Digest;';
    const surface = surfaceOf({ 'Cargo.toml': manifest, 'src/lib.rs': text });
    expect(namesOf(surface)).toEqual(['Digest!', 'Reader?']);
  });
});

describe('what other programs write', () => {
  it('takes functions for methods that may be there, where a macro has the block', () => {
    const block = (name: string) =>
      `#[wasm_bindgen] extern "C" { pub type ${name}; #[wasm_bindgen(method)] pub fn new(this: &${name}); }`;
    const surface = lib(
      `${block('A')} ${block('B')} pub use self::new as made; pub use self::old;`,
    );
    expect(namesOf(surface)).toEqual(['A', 'B', 'made?', 'old!']);
    expect(findDuplicates(surface)).toEqual([]);
  });

  it('has the functions of a plain block', () => {
    const surface = lib('extern "C" { pub fn f(); } extern "C" { pub fn f(); }');
    expect(findDuplicates(surface).map(({ name }) => name)).toEqual(['f']);
  });

  // As rustc has it (E0260, E0259, E0254).
  it.each([
    ['pub extern crate x as a; pub mod a {}', ['a']],
    ['pub mod a {} #[macro_use] pub extern crate a;', ['a']],
    ['pub extern crate x as a; pub extern crate y as a;', ['a']],
    ['mod m { pub struct a {} } pub use m::a; pub extern crate x as a;', ['a']],
    ['pub extern crate x as a; pub fn a() {}', []],
    ['#[cfg(unix)] pub extern crate x as a; #[cfg(not(unix))] pub mod a {}', []],
    ['pub extern crate x as a; mod m { pub extern crate x as a; } pub use m::*;', []],
    ['extern crate x as a; pub use a::b; pub mod b {}', []],
  ])('has a crate by the name of a module: %s', (text, names) => {
    expect(findDuplicates(lib(text)).map(({ name }) => name)).toEqual(names);
  });

  it('tells a crate from a macro of its name', () => {
    const text =
      '#[macro_export] macro_rules! serde { () => {} } pub extern crate serde; pub extern crate typenum;';
    const surface = lib(text);
    expect(namesOf(surface)).toEqual(['serde', 'typenum']);
    expect(findDuplicates(surface)).toEqual([]);
  });

  it('gives an explicit name its place wherever it stands, and hands on no other', () => {
    const text =
      'mod a { pub fn f() {} pub fn g() {} } mod b { pub fn f() {} }' +
      'mod c { pub use super::a::*; pub use self::late::f; mod late { pub use super::super::b::f; } }' +
      'pub use c::*;';
    const names = lib(text).modules.get('crate')?.bindings ?? [];
    expect(names.map(({ name, origin }) => `${name} ${origin}`).sort()).toEqual([
      'f crate::b::f value',
      'g crate::a::g value',
    ]);
  });

  it('has no half of what wildcards bring where they bring more than anybody follows', () => {
    const chain = (count: number): string =>
      Array.from(
        { length: count },
        (_, n) => `pub mod m${n} { pub use super::m${n + 1}::*; pub fn g${n}() {} }`,
      ).join('\n');
    const own = 'pub fn f() {} pub fn f() {}\n';
    const few = lib(own + chain(50));
    expect([few.faults.length, namesOf(few, 'crate::m0').length]).toEqual([0, 50]);
    const many = lib(own + chain(2_000));
    expect(many.faults.map(({ reason }) => reason)).toEqual(['more names than can be followed']);
    expect(namesOf(many, 'crate::m0')).toEqual(['g0']);
    // What statements say by name is told all the same.
    expect(findDuplicates(many).map(({ name }) => name)).toEqual(['f']);
  });
});
