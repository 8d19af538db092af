import { describe, expect, it } from 'vitest';
import { showCondition } from '../../src/exports/condition.ts';
import type { RustItem } from '../../src/exports/rust-file.ts';
import { scanRust } from '../../src/exports/rust-text.ts';

const showUse = (item: RustItem & { kind: 'use' }): string =>
  `use ${item.isGlobal ? '::' : ''}${item.segments.join('::')}${item.isGlob ? '::*' : ` as ${item.name || '_'}`}${item.isModuleOnly ? ' (module)' : ''}`;

const showItem = (item: RustItem): string => {
  if (item.kind === 'use') return showUse(item);
  if (item.kind === 'call') return `call ${item.name}`;
  if (item.kind === 'crate') return `crate ${item.crate} as ${item.name || '_'}`;
  if (item.kind === 'definition') return `${item.what} ${item.name}`;
  return item.items
    ? `mod ${item.name} { ${item.items.map(showItem).join(', ')} }`
    : `mod ${item.name}`;
};

const itemsOf = (text: string): string[] => {
  const { items, fault } = scanRust(text);
  return fault ? [`fault ${fault.line}:${fault.column} ${fault.reason}`] : items.map(showItem);
};

describe('items', () => {
  it.each([
    ['use a::b;', ['use a::b as b']],
    ['use ::a;', ['use ::a as a']],
    [
      'use a::{b::{c as d, self}, e::*,};',
      ['use a::b::c as d', 'use a::b as b (module)', 'use a::e::*'],
    ],
    ['use {a::*, ::b::c};', ['use a::*', 'use ::b::c as c']],
    ['use a::T as _;', ['use a::T as _']],
    ['use r#mod::r#fn;', ['use mod::fn as fn']],
    ['use a::{};', []],
    ['use crate::{self as me};', ['use crate as me (module)']],
    ['extern crate a; extern crate b as c;', ['crate a as a', 'crate b as c']],
    ['extern "C" { pub fn f(); static mut X: u8; type T; }', ['fn f', 'static X', 'type T']],
    ['pub unsafe extern "C" fn f() {}', ['fn f']],
    ['pub const unsafe extern fn f() {} const async fn g() {}', ['fn f', 'fn g']],
    ['const _: () = (); const A: u8 = 1; static mut B: u8 = { 1; 2 };', ['const A', 'static B']],
    ['fn f<const N: usize = { 1 }>() -> A<{ N }> where B: Fn() -> u8 {} fn g();', ['fn f', 'fn g']],
    [
      'struct A; struct B(u8); struct C { a: u8 } struct D<T>(T) where T: X;',
      ['struct A', 'struct B', 'struct C', 'struct D'],
    ],
    [
      'union U { a: u8 } auto trait T {} unsafe trait V {} type X<T> = Y<T>;',
      ['union U', 'trait T', 'trait V', 'type X'],
    ],
    ['impl<T> !Send for X<T> {} impl ::a::B for C {} unsafe impl A for B {}', []],
    [
      'macro_rules! m { ($x:ty) => { pub fn f() {} }; } pub macro n($x:ty) {}',
      ['macro m', 'macro n'],
    ],
    ['a::b! { pub fn f() {} } c!(1); d! e { }', ['call a::b', 'call c', 'call d']],
    ['union!(); default!{} auto::m!();', ['call union', 'call default', 'call auto::m']],
    ['mod a { mod b; pub mod c {} } r#type! {}', ['mod a { mod b, mod c {  } }', 'call type']],
    ['enum E { #[x] A, B { a: u8 }, C = { 3 }, D(u8), }', ['enum E']],
    ['#[proc_macro_derive(Name, attributes(a))] pub fn derive(x: T) -> T {}', ['macro Name']],
    ['#!/usr/bin/env run\nfn f() {}', ['fn f']],
    ['\ufeff#![allow(a)]\nfn f() {}', ['fn f']],
    [
      'cfg_if::cfg_if! { if #[cfg(unix)] { mod a; } else { use b::c; } }',
      ['mod a', 'use b::c as c'],
    ],
  ])('of %j', (text, expected) => {
    expect(itemsOf(text)).toEqual(expected);
  });

  it.each([
    ['// pub fn f() {}\n/* pub fn g() {} /* nested */ pub fn h() {} */ fn a() {}', ['fn a']],
    ['const A: &str = "fn b() { \\" }"; fn c() {}', ['const A', 'fn c']],
    ['const A: &str = r##"fn b() "# { "##; fn c() {}', ['const A', 'fn c']],
    ['const A: &[u8] = br"\\"; const B: &CStr = c"{"; fn c() {}', ['const A', 'const B', 'fn c']],
    [
      "const A: char = '{'; const B: u8 = b'\\''; fn f<'a>(x: &'a str) -> &'a str { '😀'; x } fn g() {}",
      ['const A', 'const B', 'fn f', 'fn g'],
    ],
    ['fn f() { pub use a::*; mod x {} } fn g() {}', ['fn f', 'fn g']],
  ])('never of what only looks like them: %j', (text, expected) => {
    expect(itemsOf(text)).toEqual(expected);
  });

  it('have the variants of an enum', () => {
    const [item] = scanRust('enum E { A, #[cfg(x)] B(u8), C { d: u8 } = 1 }').items;
    expect(item?.kind === 'definition' && item.variants.map(({ name }) => name)).toEqual([
      'A',
      'B',
      'C',
    ]);
  });
});

describe('attributes', () => {
  const conditionOf = (text: string): string => {
    const [item] = scanRust(text).items;
    return item && 'condition' in item ? showCondition(item.condition) : '';
  };

  it.each([
    ['#[cfg(unix)] fn f() {}', 'unix'],
    ['#[cfg(not(feature = "a"))] fn f() {}', 'not(feature = "a")'],
    ['#[cfg(all(b, a))] #[cfg(c)] fn f() {}', 'all(a, b, c)'],
    ['#[cfg(any(b, a))] fn f() {}', 'any(a, b)'],
    ['#[cfg_attr(x, cfg(y))] fn f() {}', 'any(not(x), y)'],
    ['#[cfg_attr(x, inline)] fn f() {}', 'all()'],
  ])('say when an item is there: %j', (text, expected) => {
    expect(conditionOf(text)).toBe(expected);
  });

  it.each([
    ['#[doc(hidden)] mod a {}', true],
    ['#[cfg_attr(docsrs, doc(hidden))] mod a {}', true],
    ['#[doc(hidden, alias = "z")] mod a {}', true],
    ['#[doc = "hidden"] mod a {}', false],
    ['mod a { #![doc(hidden)] }', true],
    ['/** @internal */ mod a {}', true],
    ['mod a {} // @internal', false],
  ])('and whether it is hidden: %j', (text, expected) => {
    expect(scanRust(text).items[0]).toMatchObject({ isHidden: expected });
  });
});

describe('a statement', () => {
  const spanOf = (text: string) => {
    const item = scanRust(text).items.at(-1);
    return item && 'span' in item ? [item.span.from, item.span.line, item.span.to] : [];
  };

  it.each([
    ['fn a() {}\n// above\n#[x]\n/// docs\npub use b::c;', [2, 5, 5]],
    ['fn a() {}\n// apart\n\n// above\npub use b::c;', [4, 5, 5]],
    ['fn a() {} // of a\npub use b::c;', [2, 2, 2]],
    ['pub use b::{\n    c,\n};', [1, 2, 3]],
    ['// above\npub mod a {\n  fn f() {}\n}', [1, 2, 2]],
  ])('has the block right above it and all its own lines: %j', (text, expected) => {
    expect(spanOf(text)).toEqual(expected);
  });
});

describe('what is no Rust', () => {
  it.each([
    ['fn f() { if true {\n}\nfn g() {}\n', 1, 8],
    ['fn f() {} }', 1, 11],
    ['fn f( } )', 1, 7],
    ['use a::b\npub use c;', 2, 1],
    ['const A: u8 = 1\npub fn f() {}', 2, 1],
    ['/* never', 1, 1],
    ['const A: &str = "never', 1, 17],
    ['const A: &str = r#"never"', 1, 17],
    ['mod a;\n<<<<<<< ours\nmod b;\n=======\nmod c;\n>>>>>>> theirs\n', 2, 1],
    ['fn f() {\n=======\n}', 2, 1],
    ['hello world', 1, 1],
    ['#[a', 1, 2],
  ])('is a fault with its place: %j', (text, line, column) => {
    expect(scanRust(text)).toMatchObject({ items: [], fault: { line, column } });
  });

  it('is not what only a comment or a text has', () => {
    const text = '// <<<<<<< a\n/*\n<<<<<<< b\n*/ const A: &str = "\n=======\n";';
    expect(scanRust(text).fault).toBeUndefined();
  });
});

describe('what a comment allows', () => {
  const allowancesOf = (text: string) =>
    scanRust(text).allowances.map(({ rules, reason }) => [rules, reason]);

  it.each([
    ['// leasehold: allow(a/b) -- why', [[['a/b'], 'why']]],
    ['/* leasehold: allow(a/b, c/d: e) -- why */', [[['a/b', 'c/d: e'], 'why']]],
    ['// leasehold: allow(a/b) --', [[['a/b'], undefined]]],
    ['// leasehold: allow(a/b)', [[['a/b'], undefined]]],
    ['/*\n * leasehold: allow(a/b) -- why\n */', [[['a/b'], 'why']]],
    ['fn f() { // leasehold: allow(a/b) -- why\n}', [[['a/b'], 'why']]],
    ['/// leasehold: allow(a/b) -- why', []],
    ['//! leasehold: allow(a/b) -- why', []],
    ['const A: &str = "// leasehold: allow(a/b) -- why";', []],
    ['// see leasehold: allow(a/b) -- why', []],
  ])('is read from %j', (text, expected) => {
    expect(allowancesOf(text)).toEqual(expected);
  });
});
