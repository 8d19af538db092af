import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import cases from '../fixtures/exports/rust.json' with { type: 'json' };
import { openRustGrammar, readByScanner } from './rust-grammar.ts';

// What is written here is read by tree-sitter's grammar too. `npm run compare:crates` does the same with
// published crates, some thousand files of them.
const readByGrammar = await openRustGrammar();

let read = 0;

const expectSame = (text: string): void => {
  const theirs = readByGrammar(text);
  if (theirs.hasError) return;
  read += 1;
  const { lines, fault } = readByScanner(text, theirs.skipped);
  expect({ text, fault, lines }).toEqual({ text, fault: undefined, lines: theirs.lines });
};

const sides = (cases as unknown as { files: object; base: object | null }[]).flatMap(
  ({ files, base }) => [files, base ?? {}],
);
const recorded = sides.flatMap((files) =>
  Object.entries(files).filter(([path]) => path.endsWith('.rs')),
) as [string, string][];

describe('the scanner and tree-sitter’s grammar', () => {
  it('name the same items in every file of the recorded cases', () => {
    expect(recorded.length).toBeGreaterThan(30);
    for (const [, text] of recorded) expectSame(text);
  });

  const name = fc.constantFrom('a', 'b', 'r#type', 'crate_', 'União', 'T');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('::'));
  const { tree } = fc.letrec<{ tree: string; list: string[] }>((tie) => ({
    list: fc.array(tie('tree'), { maxLength: 3 }),
    tree: fc.oneof(
      { maxDepth: 3 },
      path,
      fc.tuple(path, name).map(([from, as]) => `${from} as ${as}`),
      path.map((from) => `${from} as _`),
      path.map((from) => `${from}::*`),
      fc.tuple(path, tie('list')).map(([from, list]) => `${from}::{self, ${list.join(', ')}}`),
      fc.tuple(path, tie('list')).map(([from, list]) => `${from} :: { ${list.join(',\n  ')} }`),
    ),
  }));
  const scope = fc.constantFrom(
    '',
    'pub ',
    'pub(crate) ',
    'pub(in crate::a) ',
    'pub( super ) ',
    'pub(self) ',
  );
  const attribute = fc.constantFrom(
    '',
    '#[cfg(any(unix, not(feature = "x")))] ',
    '#[doc(hidden)]\n',
    '/// docs with } and "\n',
    '/* a /* nested */ comment */ ',
    '#[derive(Debug)]\n#[serde(rename = "}")] ',
  );
  const body = fc.constantFrom(
    '{ let s = r#"}"#; let c = \'"\'; let t: &\'static str = "\\"{"; \'a: loop { break \'a; } }',
    '{ b"{"; b\'{\'; /* } */ // }\n }',
    '{}',
  );
  const definition = fc
    .tuple(name, body)
    .chain(([own, block]) =>
      fc.constantFrom(
        `fn ${own}<'a, const N: usize>(x: &'a [u8; N]) -> Vec<Vec<u8>> where u8: Copy ${block}`,
        `const fn ${own}() ${block}`,
        `unsafe extern "C" fn ${own}() ${block}`,
        `async fn ${own}() ${block}`,
        `struct ${own};`,
        `struct ${own}(pub u8, [u8; { 1 + 1 }]);`,
        `struct ${own}<T> where T: Fn() -> u8 { pub a: T }`,
        `enum ${own} { A, B(u8), #[cfg(x)] C { d: u8 } = 3, D = { 4 }, }`,
        `trait ${own}: Send { type X; fn f(&self) ${block} }`,
        `type ${own}<T> = Box<dyn Fn(T) -> Vec<T>>;`,
        `const ${own}: [&str; 2] = ["}", r"\\"];`,
        `static mut ${own}: u8 = b';';`,
        `union ${own} { a: u8, b: i8 }`,
      ),
    );
  const alone = fc.constantFrom(
    'impl<T> !Send for X<T> {}',
    'impl A { pub fn f() { mod inner { pub fn g() {} } } }',
    'macro_rules! m { ($x:ident) => { pub use $x::*; pub fn f() {} }; }',
    'foo::bar! { pub fn nobody() {} }',
    'baz!(mod nothing;);',
    'extern "C" { pub fn h(); pub static S: u8; }',
    'const _: () = { pub fn hidden() {} };',
    ';',
  );
  const { items } = fc.letrec<{ item: string; items: string[] }>((tie) => ({
    item: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(attribute, scope, tree).map(([a, s, t]) => `${a}${s}use ${t};`),
      fc.tuple(attribute, scope, definition).map((parts) => parts.join('')),
      fc.tuple(scope, name).map(([s, n]) => `${s}mod ${n};`),
      fc.tuple(scope, name).map(([s, n]) => `${s}extern crate ${n} as c;`),
      fc
        .tuple(attribute, scope, name, tie('items'))
        .map(([a, s, n, inner]) => `${a}${s}mod ${n} {\n${inner.join('\n')}\n}`),
      alone,
    ),
    items: fc.array(tie('item'), { maxLength: 6 }),
  }));

  it('name the same items, line by line, in whatever is written of them', () => {
    fc.assert(
      fc.property(items, (list) => expectSame(list.join('\n'))),
      { numRuns: 500 },
    );
    // What the grammar cannot read either shows nothing.
    expect(read).toBeGreaterThan(400);
  });

  it('both find a fault where an item has no end', () => {
    expect(readByGrammar('pub fn f( {').hasError).toBe(true);
    expect(readByScanner('pub fn f( {').fault).toBeDefined();
  });
});
