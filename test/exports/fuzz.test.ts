import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scanRust } from '../../src/exports/rust-text.ts';
import { runs } from '../effort.ts';
import cases from '../fixtures/exports/rust.json' with { type: 'json' };
import { auditFiles, show } from './audit-files.ts';

/** Every construct that the scanner knows, in one file. */
const TEXT = [
  '#!/usr/bin/env run',
  '//! docs /* not nested',
  '#![allow(a)] #![cfg(all(unix, not(feature = "x")))]',
  '/* a /* nested */ comment */',
  'pub(in crate::a) use a::{b::{c as d, self}, e::*, r#fn, T as _};',
  'pub const A: &str = r##"raw "# { "##; static B: char = \'\\u{1F600}\';',
  "pub fn f<'a, const N: usize = { 1 }>(x: &'a [u8; N]) -> Fn() -> u8 { b'{'; \"\\\"\"; 'b: loop {} }",
  '#[cfg_attr(docsrs, doc(hidden))] #[path = "x.rs"] mod m;',
  'pub mod n { //! leasehold: allow(exports/wildcard) -- no',
  '    pub use super::*; // leasehold: allow(exports/wildcard) -- yes',
  '    macro_rules! g { ($x:ident) => { pub use $x::*; }; }',
  '}',
  '#[derive(Debug)] pub enum E { A, B(u8), C { d: u8 } = 1 }',
  'extern "C" { fn h(); } extern crate self as me;',
  'cfg_if::cfg_if! { if #[cfg(unix)] { mod u; } else { pub use w::v; } }',
  'impl<T> !Send for E where T: Sized {} foo::bar! { baz }',
].join('\n');

it('reads the whole text without a fault', () => {
  expect(scanRust(TEXT).fault).toBeUndefined();
});

it('ends on each beginning of a text, and on each text without a piece', () => {
  for (let at = 0; at <= TEXT.length; at += 1) {
    expect(scanRust(TEXT.slice(0, at))).toBeDefined();
    expect(scanRust(TEXT.slice(at))).toBeDefined();
    expect(scanRust(TEXT.slice(0, at) + TEXT.slice(at + 7))).toBeDefined();
  }
});

/** Pieces that matter to the scanner, in any order. */
const piece = fc.constantFrom(
  ...'{ } ( ) [ ] < > " \' \\ / // /* */ # #! #[ ! ; , :: * = - | _ \n'.split(' '),
  ...'pub use mod crate self super as in fn const static extern enum struct impl trait r#a r" r#" b" a b'.split(
    ' ',
  ),
  '\n<<<<<<< a\n',
  'macro_rules!',
  'cfg_if! { if #[cfg(a)] {',
  '#[cfg(any(a, not(b)))]',
  '// leasehold: allow(exports/wildcard) -- x\n',
  '\ud83d',
  'é',
);

it('takes any text, and audits it', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.constantFrom('', ' '), (pieces, glue) => {
      const text = pieces.join(glue);
      const { fault, items } = scanRust(text);
      expect(fault === undefined || items.length === 0).toBe(true);
      expect(
        show(auditFiles({ 'src/lib.rs': text }, { 'src/lib.rs': 'pub fn f() {}' })),
      ).toBeDefined();
    }),
    runs(600),
  );
});

const crates = cases.map(({ files }) => Object.entries(files as unknown as Record<string, string>));

it('takes crates with pieces of other crates in them', () => {
  const crate = fc.constantFrom(...crates);
  const cut = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(crate, crate, cut, cut, (one, other, from, to) => {
      const cutText = (text: string, part: number): number => Math.floor(text.length * part);
      const files = one.map(([path, text], index) => {
        const more = other[index % other.length]?.[1] ?? '';
        return [path, text.slice(0, cutText(text, from)) + more.slice(cutText(more, to))] as const;
      });
      const before = Object.fromEntries(other);
      expect(auditFiles(Object.fromEntries(files), before).findings).toBeDefined();
    }),
    runs(300),
  );
});

/** One piece many times: what does not end, what nests, what repeats. */
const REPEATED = [
  '{',
  '}',
  '(',
  '#[',
  '#[a(',
  '/*',
  '/**/',
  '"',
  "'",
  "'\\",
  'r#',
  'r#"',
  'mod a {',
  'use {',
  'use a::{',
  'fn f<',
  'extern ',
  'extern "C" ',
  'const ',
  'unsafe ',
  'pub(in ',
  'pub fn f() {} ',
  'pub use a::b; ',
  'm! {',
  'm! {} ',
  'cfg_if! { if #[cfg(a)] {',
  '#[cfg(not(a))] ',
  'enum E {',
  '// leasehold: allow(a) -- b\n',
  '#[path = "lib.rs"] mod a; ',
  'é',
  '\0',
];

it.each(REPEATED)('takes %j as often as somebody likes to write it', (text) => {
  const files = { 'src/lib.rs': text.repeat(Math.ceil(60_000 / text.length)) };
  expect(show(auditFiles(files))).toBeDefined();
});

it('asks for each character of a group a bounded number of times', () => {
  // Steps, not seconds: a text whose end is looked for again and again would be asked for its square.
  const count = (size: number): number => {
    let steps = 0;
    const text = `fn f() {${'a \'b r#c "d" /* e */ ( ) '.repeat(size)}`;
    const counted = new Proxy(Object(text), {
      get: (target, key) => {
        const value = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          steps += 1;
          return Reflect.apply(value, text, args);
        };
      },
    });
    scanRust(counted as string);
    return steps;
  };
  expect(count(2_000) / count(1_000)).toBeLessThan(2.1);
});

it('stops following names where there are more than anybody writes, and says so', () => {
  const modules = Array.from({ length: 220 }, (_, index) => {
    const globs = Array.from({ length: 220 }, (__, other) => `pub use super::m${other}::*;`).join(
      '',
    );
    return `pub mod m${index} { ${globs} pub fn f${index}() {} }`;
  }).join('\n');
  const told = show(auditFiles({ 'src/lib.rs': modules }));
  expect(told[0]).toBe('error src/lib.rs:1 unparsable');
});
