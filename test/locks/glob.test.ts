import fc from 'fast-check';
import micromatch from 'micromatch';
import { describe, expect, it } from 'vitest';
import { matchesWhole } from '../../src/locks/automaton-walk.ts';
import { compileGlob } from '../../src/locks/glob.ts';
import { runs } from '../effort.ts';

const matches = (glob: string, path: string, ignoreCase = false): boolean => {
  const compiled = compileGlob(glob, ignoreCase);
  if ('refused' in compiled) throw new Error(`${glob}: ${compiled.refused}`);
  return matchesWhole(compiled.automaton, path);
};

const sift = (glob: string, paths: readonly string[]): string[] =>
  paths.filter((path) => matches(glob, path));

describe('a glob', () => {
  it.each<[string, string[], string[]]>([
    ['*.ts', ['a.ts', '.ts', '.a.ts'], ['src/a.ts', 'a.tsx', 'a.ts/x']],
    ['src/*', ['src/a', 'src/.env'], ['src', 'src/', 'src/deep/x.ts']],
    ['src/?', ['src/a', 'src/.', 'src/é', 'src/😀'], ['src/ab', 'src//', 'src/']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/.y/b'], ['a/xb', 'ab', 'a/b/c']],
    ['**/x', ['x', 'a/x', 'a/b/x'], ['ax', 'x/a']],
    ['a/**', ['a', 'a/b', 'a/.b/c'], ['ab', 'b/a']],
    ['mods/sub/**', ['mods/sub', 'mods/sub/x'], ['mods', 'mods/subs']],
    ['**', ['a', '.a/b'], ['']],
    ['**/*', ['a', 'a/b'], ['']],
    ['**/**/a/**/**', ['a', 'x/a', 'a/y', 'x/a/y'], ['b']],
    ['a**', ['a', 'ab'], ['a/b']],
    ['a**b/c', ['ab/c', 'axxb/c'], ['a/b/c']],
    ['src/*/', ['src/a', 'src/a/b'], ['src']],
  ])('%s matches %j and not %j', (glob, yes, no) => {
    expect(sift(glob, [...yes, ...no])).toEqual(yes);
  });

  it.each<[string, string[], string[]]>([
    ['src/{a,b}.ts', ['src/a.ts', 'src/b.ts'], ['src/c.ts', 'src/{a,b}.ts']],
    ['{src,test/x}/**', ['src', 'src/a', 'test/x', 'test/x/y'], ['test', 'test/y']],
    ['a{,.test}.ts', ['a.ts', 'a.test.ts'], ['a..ts']],
    ['a{b,c{d,e}}', ['ab', 'acd', 'ace'], ['ac', 'a']],
    ['a{/**,}', ['a', 'a/b/c'], ['ab']],
    ['{**,a}/b', ['b', 'a/b', 'x/y/b'], ['a']],
    ['{a,b}{c,d}', ['ac', 'bd'], ['ab', 'cd']],
    ['*{,*}/x', ['a/x', 'x', 'a/b/x'], ['a']],
    ['v{1..3}', ['v1', 'v2', 'v3'], ['v0', 'v4', 'v12', 'v{1..3}']],
    ['v{3..1}', ['v1', 'v2', 'v3'], ['v4']],
    ['v{-1..1}', ['v-1', 'v0', 'v1'], ['v-2']],
    ['v{08..10}', ['v08', 'v09', 'v10'], ['v8', 'v010']],
    ['v{a..c}', ['va', 'vb', 'vc'], ['vd']],
    ['{a}', ['{a}'], ['a']],
    ['{*}', ['{a}', '{}'], ['a']],
    ['a{', ['a{'], ['a']],
    ['a{b,c', ['a{b,c'], ['ab']],
    ['{a,{b,c}', ['{a,b', '{a,c'], ['a', 'b']],
    ['a}', ['a}'], ['a']],
    ['a,b', ['a,b'], ['a']],
    ['{,}a', ['a'], ['b']],
    ['{,a}/{,b}', ['a', 'a/b', 'a/c', 'b'], ['c']],
    ['src/{,x/}a', ['src/a', 'src/x/a'], ['src/x']],
    ['src/{,x}/a', ['src/a', 'src/x/a'], ['src//a']],
  ])('with braces, %s matches %j and not %j', (glob, yes, no) => {
    expect(sift(glob, [...yes, ...no])).toEqual(yes);
  });

  it.each<[string, string[], string[]]>([
    ['[abc]', ['a', 'c'], ['d', 'ab']],
    ['[a-c]', ['a', 'b', 'c'], ['-', 'd']],
    ['x[!a]y', ['xby', 'x.y'], ['xay', 'x/y']],
    ['x[^a]y', ['xby', 'x.y'], ['xay', 'x/y']],
    ['x[/]y', [], ['x/y']],
    ['x[+-1]y', ['x.y', 'x+y'], ['x/y']],
    ['[]a]', [']', 'a'], ['b']],
    ['[!]a]', ['b'], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[\\]\\-z]', [']', '-', 'z'], ['\\', 'a']],
    ['[a', ['[a'], ['a']],
    ['a[]', ['a[]'], ['a']],
    ['{[,],a}', ['a', ','], ['[']],
    ['[user-id]', ['u', '-', 'd', '[user-id]'], ['t', 'f']],
    ['app/[id]/**', ['app/i', 'app/[id]', 'app/[id]/page.ts'], ['app/id']],
    ['app/[[...slug]]/*', ['app/[[...slug]]/page.ts'], ['app/slug/page.ts']],
  ])('with a class, %s matches %j and not %j', (glob, yes, no) => {
    expect(sift(glob, [...yes, ...no])).toEqual(yes);
  });

  it.each<[string, string[], string[]]>([
    ['\\*', ['*'], ['a']],
    ['\\{a,b\\}', ['{a,b}'], ['a']],
    ['\\[a]', ['[a]'], ['a']],
    ['{a\\,b,c}', ['a,b', 'c'], ['a']],
    ['a\\/b', ['a/b'], ['a']],
    ['a\\', ['a\\'], ['a']],
    ['!a', ['!a'], ['b']],
    ['@(a|b)', ['@(a|b)'], ['a']],
    ['!(a)*', ['!(a)', '!(a)b'], ['b']],
    ['a.b+$^|', ['a.b+$^|'], ['aab']],
  ])('%s matches %j literally, and not %j', (glob, yes, no) => {
    expect(sift(glob, [...yes, ...no])).toEqual(yes);
  });

  it.each([
    ['SRC/*.TS', 'src/a.ts', true],
    ['src/[A-F]', 'src/e', true],
    ['src/[!A]', 'src/a', false],
    ['src/[!a]', 'src/b', true],
    ['É*', 'été', true],
    ['?', 'i\u0307', true],
    ['{A,B/C}', 'b/c', true],
    ['V{A..C}', 'vb', true],
    ['[ID]/X', '[id]/x', true],
  ])('without case, %s against the lower-cased %s: %s', (glob, path, expected) => {
    expect(matches(glob, path, true)).toBe(expected);
  });

  it.each([
    ['{1..5000}', '{1..5000} is more than 1000 numbers'],
    ['{a,/}'.repeat(20), 'its braces stand for more than 256 paths'],
    ['{'.repeat(40), 'braces are nested more than 30 deep'],
    ['{1..900}{1..900}', 'the pattern is too large: more than 5000 states'],
    ['{,}/{,}', 'it names no path'],
  ])('%s is refused: %s', (glob, reason) => {
    expect(compileGlob(glob)).toEqual({ refused: reason });
  });

  it('keeps groups without slashes as they are, so that many of them are no trouble', () => {
    expect(matches('{a,b,c}'.repeat(30), 'abc'.repeat(10))).toBe(true);
  });
});

const pieces = fc.constantFrom(
  ...'a b .a ab * ** ? a* *b a** ?b .* \\a \\* \\[ {a} !a [^a]* [a-b]b [ab] [^b-c]'.split(' '),
  ...'{a,b} {a,ab}* {,a}b {a/b,b} {1..2} {a..b} a{,/b} {*,**} {**/a,b} {a,{b,ab}}'.split(' '),
  ...'{**,a} {,a} *{a,} {a*,?}b'.split(' '),
);
const names = fc.constantFrom(...'a b .a ab ba aa 1 2 {a} b.a [ * !a abb'.split(' '));
const joined = (arbitrary: fc.Arbitrary<string>) =>
  fc.array(arbitrary, { minLength: 1, maxLength: 4 }).map((list) => list.join('/'));

/**
 * The globs for micromatch, with the three differences that are meant:
 * - Groups are alternatives of the whole glob, as in a shell, so `{**,a}/b` is `**` + `/b` as well.
 *   micromatch makes a group of a regular expression of it, where `**` is no segment.
 * - An empty alternative next to a slash leaves no empty segment (`{,a}/b` is `b` too), and a slash at
 *   the end means the folder with everything in it; paths have neither.
 * - `x/**` is also x, whatever x is. micromatch has that for `a/**`, and not for `*` + `/**`.
 */
const spellings = (glob: string): string[] =>
  micromatch
    .braces(glob, { expand: true, keepEscaping: true })
    .map((line) => line.replace(/\/+/g, '/').replace(/^\//, '').replace(/\/$/, '/**'))
    .flatMap((line) => [line, line.replace(/(?:\/\*\*)+$/, '')])
    .filter((line) => line !== '');

// The class `[!a]` is left out, as micromatch knows only `[^a]`; so is a `[` that is not closed, behind
// which it takes braces for text.
const options = { dot: true, nonegate: true, noextglob: true, bash: false, windows: false };

describe('any glob', () => {
  it('matches what micromatch matches', () => {
    fc.assert(
      fc.property(joined(pieces), fc.array(joined(names), { minLength: 5 }), (glob, paths) => {
        const theirs = (path: string) =>
          spellings(glob).some((line) => micromatch.isMatch(path, line, options));
        expect([glob, sift(glob, paths)]).toEqual([glob, paths.filter(theirs)]);
      }),
      { numRuns: 1000 },
    );
  });

  it('is compiled or refused, never an exception, whatever the text', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'ab/*?[]{},!^-\\.0129'), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (glob) => {
        const compiled = compileGlob(glob);
        return 'refused' in compiled ? compiled.refused !== '' : compiled.automaton.next.length > 0;
      }),
      runs(1000),
    );
  });

  it('of plain characters matches itself and nothing else', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'ab.é😀 $^|()+'), minLength: 1 });
    fc.assert(
      fc.property(plain, plain, (glob, other) => {
        expect(sift(glob, [glob, other])).toEqual(glob === other ? [glob, glob] : [glob]);
      }),
    );
  });
});
