import { describe, expect, it } from 'vitest';
import { auditFiles, show } from './audit-files.ts';

const lib = (text: string) => ({ 'src/lib.rs': text });

describe('exports/duplicate', () => {
  it.each<[string, string, string[]]>([
    [
      'by two statements, of the same item too',
      'mod a { pub fn f() {} }\npub use a::f;\npub use crate::a::f;',
      ['error src/lib.rs:3 duplicate f'],
    ],
    [
      'by a statement and an item',
      'mod a { pub fn f() {} }\npub use a::f;\npub fn f() {}',
      ['error src/lib.rs:3 duplicate f'],
    ],
    ['by two items', 'pub fn f() {}\npub fn f() {}', ['error src/lib.rs:2 duplicate f']],
    [
      'from outside, by the same path',
      'pub use x::F;\npub use x::F;',
      ['error src/lib.rs:2 duplicate F'],
    ],
    [
      'as a constructor and a function',
      'pub struct F(u8);\npub fn F() {}',
      ['error src/lib.rs:2 duplicate F'],
    ],
    [
      'in a public module',
      'pub mod m {\npub fn f() {}\npub fn f() {}\n}',
      ['error src/lib.rs:3 duplicate f'],
    ],
  ])('finds a name that is exported twice %s', (_, text, expected) => {
    expect(show(auditFiles(lib(text))).filter((line) => !line.includes(' split '))).toEqual(
      expected,
    );
  });

  it('tells a name of many wildcards once, and of one that comes in later again', () => {
    const modules = ['a', 'b', 'c', 'd'].map((name) => `mod ${name} { pub fn f() {} }`).join(' ');
    const root = (count: number, more = '') =>
      lib(
        `${modules}\n${['a', 'b', 'c', 'd']
          .slice(0, count)
          .map((name) => `pub use ${name}::*;\n`)
          .join(more)}`,
      );
    const tell = (...sides: Parameters<typeof auditFiles>) =>
      auditFiles(...sides).findings.filter(({ rule }) => rule === 'exports/duplicate');

    expect(tell(root(4)).map(({ line, message }) => [line, message])).toEqual([
      [3, 'f comes from 4 wildcards: line 2 brings another one, and so do line 4, line 5'],
    ]);
    expect(tell(root(3), root(2)).map(({ line }) => line)).toEqual([4]);
    expect(tell(root(2), root(3))).toEqual([]);
    const excused = root(
      4,
      '// leasehold: allow(exports/duplicate, exports/wildcard) -- the first one is meant\n',
    );
    expect(tell(excused).every(({ suppressed }) => suppressed === 'the first one is meant')).toBe(
      true,
    );
    expect(tell(excused)).toHaveLength(3);
  });

  it.each<[string, string]>([
    [
      'in two namespaces',
      'pub struct f {} pub fn f() {} #[macro_export] macro_rules! f { () => {} }',
    ],
    ['as a trait and as something from outside', 'pub trait T {} pub use x::T;'],
    ['from outside by two paths', 'pub use x::T; pub use y::T;'],
    ['under differing conditions', '#[cfg(a)] pub fn f() {} pub fn f() {}'],
    [
      'under conditions that exclude each other',
      '#[cfg(all(a, b))] pub fn f() {} #[cfg(any(not(a), not(b)))] pub fn f() {}',
    ],
    [
      'in modules that exclude each other',
      '#[cfg(a)] mod x { pub fn f() {} } #[cfg(not(a))] mod y { pub fn f() {} } pub use x::f; pub use y::f;',
    ],
    ['where nobody sees it', 'mod m { pub fn f() {} pub fn f() {} }'],
    ['as _', 'mod a { pub trait T {} pub trait U {} } pub use a::{T as _, U as _};'],
  ])('never takes for two what is a name %s', (_, text) => {
    expect(show(auditFiles(lib(text))).filter((line) => line.includes('duplicate'))).toEqual([]);
  });

  it('says of both places where they are', () => {
    const [finding] = auditFiles(lib('pub fn f() {}\npub fn f() {}')).findings;
    expect(finding).toMatchObject({
      message: 'f is exported twice: line 1 has it already',
      line: 2,
      column: 1,
      related: { path: 'src/lib.rs', line: 1, column: 1 },
    });
  });

  it('stays a warning where an explicit name hides a wildcard’s, whatever the config sets', () => {
    const text =
      'mod a { pub fn f() {} }\n// leasehold: allow(exports/wildcard) -- x\npub use a::*;\npub fn f() {}';
    const settings = { rules: { 'exports/duplicate': 'error' as const }, internal: [] };
    expect(show(auditFiles(lib(text), null, { settings }))).toEqual([
      'warn src/lib.rs:3 duplicate f',
    ]);
  });
});

describe('exports/removed', () => {
  it.each<[string, string, string, string[]]>([
    ['a name', 'pub fn f() {}', '', ['error src/lib.rs:1 removed f']],
    [
      'a module once, with all that is in it',
      'pub mod m {\npub fn f() {}\npub fn g() {}\n}',
      '',
      ['error src/lib.rs:1 removed m'],
    ],
    [
      'a name in a module that stays',
      'pub mod m {\npub fn f() {}\n}',
      'pub mod m {}',
      ['error src/lib.rs:2 removed f'],
    ],
    [
      'at the wildcard that went away',
      'mod a { pub fn f() {} }\npub use a::*;',
      'mod a { pub fn f() {} }',
      ['error src/lib.rs:2 removed f'],
    ],
    ['what became private', 'pub fn f() {}', 'fn f() {}', ['error src/lib.rs:1 removed f']],
    [
      'one namespace of two',
      'pub struct f {} pub fn f() {}',
      'pub struct f {}',
      ['error src/lib.rs:1 removed f'],
    ],
  ])('finds %s', (_, before, now, expected) => {
    expect(show(auditFiles(lib(now), lib(before)))).toEqual(expected);
  });

  it.each<[string, string, string]>([
    [
      'moved',
      'pub mod m { pub fn f() {} }',
      'mod n { pub fn f() {} } pub mod m { pub use super::n::f; }',
    ],
    [
      'a module that is re-exported from elsewhere',
      'pub mod m { pub fn f() {} }',
      'mod n { pub mod m { pub fn f() {} } } pub use n::m;',
    ],
    ['hidden', '#[doc(hidden)] pub fn f() {}', ''],
    ['there under test alone', '#[cfg(test)] pub fn f() {}', ''],
    ['a constructor', 'pub struct A;', 'pub struct A { a: u8 }'],
    ['perhaps written by a new macro', 'pub fn f() {}', 'make!(f);'],
    ['perhaps behind a new glob from outside', 'pub fn f() {}', 'pub use x::*;'],
    [
      'behind the glob of the crate that it came from',
      'pub use x::f; pub use x::*;',
      'pub use x::*;',
    ],
    [
      'told as a re-export that leads nowhere',
      'mod a { pub fn f() {} } pub use a::f;',
      'mod a {} pub use a::f;',
    ],
  ])('is silent on what is %s', (_, before, now) => {
    expect(
      show(auditFiles(lib(now), lib(before))).filter((line) => line.includes('removed')),
    ).toEqual([]);
  });

  it('is a warning before a range, and for entries that nobody publishes', () => {
    const [before, now] = [lib('pub fn f() {}'), lib('')];
    expect(show(auditFiles(now, before, { stage: 'work' }))).toEqual([
      'warn src/lib.rs:1 removed f',
    ]);
    const manifest = { 'Cargo.toml': '[package]\nname = "a"\nedition = "2021"\npublish = false\n' };
    const found = auditFiles(
      { ...now, ...manifest },
      { ...before, ...manifest },
      { configured: [] },
    );
    expect(show(found)).toEqual(['warn src/lib.rs:1 removed f']);
  });

  it('tells of an entry that is gone, and nothing of programs', () => {
    const manifest = { 'Cargo.toml': '[package]\nname = "a"\nedition = "2021"\n' };
    const before = { ...manifest, 'src/lib.rs': 'pub fn f() {}', 'src/main.rs': 'pub fn g() {}' };
    expect(show(auditFiles(manifest, before, { configured: [] }))).toEqual([
      'error src/lib.rs:1 removed src/lib.rs',
    ]);
  });

  it('follows a package that moves', () => {
    const manifest = '[package]\nname = "a"\nedition = "2021"\n';
    const before = { 'Cargo.toml': manifest, 'src/lib.rs': 'pub fn f() {}\npub fn g() {}' };
    const now = { 'crates/a/Cargo.toml': manifest, 'crates/a/src/lib.rs': 'pub fn f() {}\n' };
    expect(show(auditFiles(now, before, { configured: [] }))).toEqual([
      'error src/lib.rs:2 removed g',
    ]);
  });

  it.each([
    ['f', ['error src/lib.rs:3 removed g']],
    ['m::f', ['error src/lib.rs:3 removed g']],
    ['crate::a::m::f', ['error src/lib.rs:3 removed g']],
    ['a.m.f', ['error src/lib.rs:3 removed g']],
    ['other::f', ['error src/lib.rs:2 removed f', 'error src/lib.rs:3 removed g']],
    ['::f', ['error src/lib.rs:2 removed f', 'error src/lib.rs:3 removed g']],
  ])('is excused by any end of its path: %s', (spelled, expected) => {
    const before = lib('pub mod a { pub mod m {\npub fn f() {}\npub fn g() {}\n} }');
    const now = lib(
      `// leasehold: allow(exports/removed: ${spelled}) -- nobody used it\npub mod a { pub mod m {} }`,
    );
    const told = show(auditFiles(now, before));
    expect(told.filter((each) => each.includes(' removed '))).toEqual(expected);
    const trailers = [{ name: spelled, reason: 'nobody used it' }];
    const bare = lib('pub mod a { pub mod m {} }');
    expect(show(auditFiles(bare, before, { trailers }))).toEqual(expected);
  });

  it('is excused by a comment in the file, or by a trailer', () => {
    const before = lib('pub fn f() {}\npub fn g() {}');
    const now = lib('// leasehold: allow(exports/removed: f) -- nobody used it\n');
    const { findings } = auditFiles(now, before, { trailers: [{ name: 'g', reason: 'see #1' }] });
    expect(findings.map(({ name, suppressed }) => [name, suppressed])).toEqual([
      ['f', 'nobody used it'],
      ['g', 'see #1'],
    ]);
  });
});

describe('exports/narrowed', () => {
  it.each<[string, string, string, string[]]>([
    ['a condition', 'pub fn f() {}', '#[cfg(a)]\npub fn f() {}', ['warn src/lib.rs:2 narrowed f']],
    [
      'a condition of its module',
      'pub mod m { pub fn f() {} }',
      '#[cfg(a)] pub mod m { pub fn f() {} }',
      ['warn src/lib.rs:1 narrowed m', 'warn src/lib.rs:1 narrowed f'],
    ],
    [
      'none where all cases are there',
      'pub fn f() {}',
      '#[cfg(a)] pub fn f() {} #[cfg(not(a))] pub fn f() {}',
      [],
    ],
    ['none where it lost one', '#[cfg(a)] pub fn f() {}', 'pub fn f() {}', []],
  ])('finds a name that gained %s', (_, before, now, expected) => {
    expect(show(auditFiles(lib(now), lib(before)))).toEqual(expected);
  });
});

describe('exports/internal', () => {
  it('is an error for a new match of a pattern of the config', () => {
    const settings = { rules: {}, internal: ['*_sys'] };
    const now = lib('pub mod detail {}\npub mod a_sys {}\npub mod a_system {}');
    expect(show(auditFiles(now, lib(''), { settings }))).toEqual([
      'warn src/lib.rs:1 internal detail',
      'error src/lib.rs:2 internal a_sys',
    ]);
    expect(show(auditFiles(now, null, { settings }))).toEqual([
      'warn src/lib.rs:1 internal detail',
      'warn src/lib.rs:2 internal a_sys',
    ]);
  });

  it('looks at whole names, and at what the outside sees', () => {
    const text = 'pub mod international {} mod internal { pub mod imp {} } pub use internal::imp;';
    expect(show(auditFiles(lib(text)))).toEqual(['warn src/lib.rs:1 internal imp']);
  });
});

describe('what is new', () => {
  const wild = 'mod a { pub fn f() {} }\npub use a::*;';

  it('is told of wildcards and splits alone, but for --all', () => {
    const text = `${wild}\nmod b { pub fn g() {} pub fn h() {} }\npub use b::g;\npub use b::h;`;
    expect(show(auditFiles(lib(text), null, { isWhole: false }))).toEqual([]);
    expect(show(auditFiles(lib(text)))).toEqual([
      'error src/lib.rs:2 wildcard a::*',
      'warn src/lib.rs:5 split b',
    ]);
  });

  it('is not what has only moved, within a file or to another one', () => {
    const files = {
      'src/lib.rs': 'pub mod m;',
      'src/m.rs': 'mod a { pub fn f() {} }\npub use a::*;\n',
    };
    const moved = {
      'src/lib.rs': '\n\npub mod m;',
      'src/m/mod.rs': '\nmod a { pub fn f() {} }\npub use self::a::*;\n',
    };
    expect(show(auditFiles(moved, files))).toEqual([]);
  });

  it('is one where there were two, and a third where there were two', () => {
    const twice = 'pub fn f() {}\npub fn f() {}\n';
    expect(show(auditFiles(lib(`${twice}pub fn f() {}`), lib(twice)))).toEqual([
      'error src/lib.rs:3 duplicate f',
    ]);
    expect(show(auditFiles(lib('pub fn f() {}'), lib(twice)))).toEqual([]);
  });

  it('is nothing of a file that could not be parsed before, which is not judged', () => {
    const broken = { 'src/lib.rs': 'pub mod a;', 'src/a.rs': 'fn f() {' };
    expect(auditFiles(broken, broken)).toEqual({
      findings: [],
      notJudged: ['src/a.rs'],
      files: ['src/lib.rs', 'src/a.rs'],
      faults: ['src/a.rs'],
      unavailable: [],
    });
  });
});

describe('exports/suppression', () => {
  it.each<[string, string, string[]]>([
    [
      'gives no reason',
      '// leasehold: allow(exports/wildcard) --\npub use a::*; mod a {}',
      ['error src/lib.rs:1 suppression exports/wildcard', 'error src/lib.rs:2 wildcard a::*'],
    ],
    [
      'finds nothing',
      '// leasehold: allow(exports/wildcard) -- x\npub fn f() {}',
      ['warn src/lib.rs:1 suppression exports/wildcard'],
    ],
    [
      'stands apart',
      '// leasehold: allow(exports/wildcard) -- x\n\npub use a::*; mod a {}',
      ['warn src/lib.rs:1 suppression exports/wildcard', 'error src/lib.rs:3 wildcard a::*'],
    ],
    [
      'stands at the statement before',
      'mod a {} // leasehold: allow(exports/wildcard) -- x\npub use a::*;',
      ['warn src/lib.rs:1 suppression exports/wildcard', 'error src/lib.rs:2 wildcard a::*'],
    ],
    [
      'is no rule',
      '// leasehold: allow(exports/wildcrad) -- x\npub fn f() {}',
      ['warn src/lib.rs:1 suppression exports/wildcrad'],
    ],
    [
      'covers the attribute block and every line',
      '// leasehold: allow(exports/wildcard) -- x\n#[doc(inline)]\npub use a::{\n  b,\n  *, // leasehold: allow(exports/split) -- x\n}; mod a { pub fn b() {} }',
      ['warn src/lib.rs:5 suppression exports/split'],
    ],
  ])('tells of one that %s', (_, text, expected) => {
    expect(show(auditFiles(lib(text)))).toEqual(expected);
  });

  it('names the rule that was meant', () => {
    const { findings } = auditFiles(lib('// leasehold: allow(exports/wildcrad) -- x\n'));
    expect(findings[0]?.message).toContain('did you mean exports/wildcard?');
  });

  it('counts a removal as unused only while the base has the name', () => {
    const allow = '// leasehold: allow(exports/removed: f) -- x\n';
    expect(show(auditFiles(lib(`${allow}pub fn f() {}`), lib('pub fn f() {}')))).toEqual([
      'warn src/lib.rs:1 suppression exports/removed: f',
    ]);
    expect(show(auditFiles(lib(allow), lib('')))).toEqual([]);
  });
});

describe('several entries', () => {
  it('tell of one place once', () => {
    const manifest = (name: string, more = '') =>
      `[package]\nname = "${name}"\nedition = "2021"\n${more}`;
    const files = {
      'a/Cargo.toml': manifest('a'),
      'a/src/lib.rs': 'pub fn f() {}\npub fn f() {}',
      'b/Cargo.toml': manifest('b', '[dependencies]\na = { path = "../a" }\n'),
      'b/src/lib.rs': '// leasehold: allow(exports/wildcard) -- facade\npub use a::*;',
    };
    expect(show(auditFiles(files, null, { configured: [] }))).toEqual([
      'error a/src/lib.rs:2 duplicate f',
    ]);
  });
});
