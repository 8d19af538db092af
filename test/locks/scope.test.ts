import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePath } from '../../src/kit/paths.ts';
import { compilePattern } from '../../src/locks/pattern.ts';
import {
  type CompiledScope,
  compileScope,
  parseScope,
  scopeCovers,
  scopesOverlap,
} from '../../src/locks/scope.ts';
import { containsScope, coversEverything } from '../../src/locks/scope-extent.ts';
import { runs } from '../effort.ts';

const SENSITIVE = { ignoreCase: false, compile: compilePattern };
const FOLDED = { ignoreCase: true, compile: compilePattern };

const compile = (text: string, rule = SENSITIVE): CompiledScope => {
  const compiled = compileScope(parseScope(text), rule);
  if ('refused' in compiled) throw new Error(`${text}: ${compiled.refused}`);
  return compiled;
};

const refusal = (text: string): string | undefined => {
  const compiled = compileScope(parseScope(text), SENSITIVE);
  return 'refused' in compiled ? compiled.refused : undefined;
};

const covers = (text: string, path: string, rule = SENSITIVE) =>
  scopeCovers(compile(text, rule), comparePath(path, rule));

const overlap = (a: string, b: string, rule = SENSITIVE): boolean => {
  const [left, right] = [compile(a, rule), compile(b, rule)];
  const answer = scopesOverlap(left, right);
  expect(scopesOverlap(right, left)).toBe(answer);
  return answer;
};

describe('a text', () => {
  it.each([
    ['src/a.ts', 'literal', 'src/a.ts'],
    ['src/', 'literal', 'src/'],
    ['a}b!c', 'literal', 'a}b!c'],
    ['src/*', 'glob', 'glob:src/*'],
    ['app/[id]', 'glob', 'glob:app/[id]'],
    ['a?', 'glob', 'glob:a?'],
    ['{a}', 'glob', 'glob:{a}'],
    ['glob:src', 'glob', 'glob:src'],
    ['regex:^x$', 'regex', 'regex:^x$'],
  ])('%s is a scope of kind %s, written %s', (text, kind, written) => {
    expect(parseScope(text)).toEqual({ kind, text: written });
    expect(parseScope(written)).toEqual({ kind, text: written });
  });
});

describe('a scope', () => {
  it.each([
    ['src', 'src', true],
    ['src', 'src/a', true],
    ['src/', 'src', true],
    ['src/', 'src/a/b', true],
    ['src', 'srcs', false],
    ['src/a', 'src', false],
    ['.', 'any/path', true],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/a.ts/b', false],
    ['src/*', 'src/deep/x.ts', false],
    ['*.ts', 'src/a.ts', false],
    ['src/{a,b}.ts', 'src/a.ts', true],
    ['mods/sub/**', 'mods/sub', true],
    ['app/[id]/page.ts', 'app/[id]/page.ts', true],
    ['app/[id]/page.ts', 'app/i/page.ts', true],
    ['app/[id]', 'app/[id]/page.ts', true],
    ['app/[id]', 'app/i/page.ts', false],
    ['a{b,c}d', 'a{b,c}d/x', true],
    ['a/*.{b,c}', 'a/*.{b,c}', true],
    ['glob:src', 'src/a', true],
    ['regex:^app/views/blog/.*$', 'app/views/blog/a/b.erb', true],
    ['regex:^app/views/blog/.*$', 'app/views/blog', false],
    ['regex:src', 'src/a', false],
    ['caf\u00e9', 'cafe\u0301/x', true],
    ['cafe\u0301/*', 'caf\u00e9/x', true],
    ['src', 'Src', false],
  ])('%s covers %s: %s', (text, path, expected) => {
    expect(covers(text, path)).toBe(expected);
  });

  it.each([
    ['SRC/', 'src/a', true],
    ['src/*.TS', 'SRC/a.ts', true],
    ['regex:Src/[A-C]', 'sRC/b', true],
    ['regex:Src/[^A]', 'src/A', false],
    ['?', 'İ', true],
    ['*', 'İ', true],
    ['[À-ÿ]', 'É', true],
    ['ΟΔΟΣ*', 'οδοΣ', true],
  ])('without case, %s covers %s: %s', (text, path, expected) => {
    expect(covers(text, path, FOLDED)).toBe(expected);
  });

  it.each([
    ['', 'it is empty'],
    ['glob:', 'it is empty'],
    ['regex:', 'it is empty'],
    ['/src', 'it is absolute; a scope starts at the root of the repository'],
    ['glob:/src/*', 'it is absolute; a scope starts at the root of the repository'],
    ['src/../x', 'it has a .. in it'],
    ['src/**/..', 'it has a .. in it'],
    ['a\0b', 'it has a NUL character in it'],
    ['regex:a\0b', 'it has a NUL character in it'],
    ['regex:(?=a)', 'the look-around (?= is not supported at character 1'],
    ['regex:(a{1000}){1000}', 'the pattern is too large: more than 5000 states'],
    ['regex:^/src/.*$', 'it matches no path; paths neither begin nor end with a slash'],
    ['regex:src/', 'it matches no path; paths neither begin nor end with a slash'],
    ['regex:a^b', 'it matches no path; paths neither begin nor end with a slash'],
  ])('%s is refused: %s', (text, reason) => {
    expect(refusal(text)).toBe(reason);
  });

  it('is refused where it is longer than any path, without a look at the rest', () => {
    for (const text of [
      'a'.repeat(4097),
      `regex:${'('.repeat(1_000_000)}`,
      '{'.repeat(1_000_000),
    ]) {
      expect(refusal(text)).toBe('it is longer than 4096 characters');
    }
  });

  it('may have two dots in a name, and may be a long one', () => {
    expect(refusal('src/a..b')).toBeUndefined();
    expect(refusal('a'.repeat(4096))).toBeUndefined();
  });

  it('survives JSON once it is compiled', () => {
    const compiled: CompiledScope = JSON.parse(JSON.stringify(compile('src/**/*.{ts,tsx}')));
    expect(scopeCovers(compiled, 'src/a/b.tsx')).toBe(true);
    expect(scopesOverlap(compiled, compile('src/a'))).toBe(true);
  });
});

describe('two scopes', () => {
  it.each([
    ['src', 'src/a.ts', true],
    ['src/', 'src', true],
    ['src/a', 'src/ab', false],
    ['.', 'src/*.ts', true],
    ['.', 'a', true],
    ['src/*.ts', 'src/a*', true],
    ['src/*.ts', 'src', true],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/a.js', false],
    ['src/*.ts', 'src/lib', false],
    ['src/**/*.ts', 'src/lib', true],
    ['src/**/*.ts', 'test', false],
    ['src/**/*_test.go', 'src/**/*.ts', false],
    ['**/*.test.ts', 'src/api/**', true],
    ['src/*', 'src/*/*', false],
    ['a/**/b', 'a/*/b', true],
    ['{a,b}/x', '{b,c}/x', true],
    ['{a,b}/x', '{c,d}/x', false],
    ['app/[id]', 'app/[id]/page.ts', true],
    ['app/[id]', 'app/[[]id]/page.ts', true],
    ['app/[id]', 'app/id', false],
    ['regex:^src/.*$', 'src', true],
    ['regex:^src/.*$', 'src/lib/a', true],
    ['regex:^src/.*\\.go$', 'src/**/*.ts', false],
    ['regex:^(a|b)+$', 'regex:^(b|c)+$', true],
    ['regex:^a+$', 'regex:^b+$', false],
    ['regex:^[^/]+$', '*/*', false],
    ['Src/*', 'src/*', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
  });

  it.each([
    ['Src/*', 'src/A', true],
    ['Src/*', 'src/*', true],
    ['regex:[A-C]', '[c-d]', true],
    ['?', 'İ', true],
    ['?', 'glob:i\u0307', true],
    ['[A]', '[!a]', false],
  ])('without case, %s and %s overlap: %s', (a, b, expected) => {
    expect(overlap(a, b, FOLDED)).toBe(expected);
  });

  it('are taken to overlap where it would take too long to tell', () => {
    expect(overlap('regex:(.{0,60}x){20}a', 'regex:(.{0,61}y){20}b')).toBe(true);
  });
});

describe('containment of scopes', () => {
  it.each([
    ['src', 'src/a', true],
    ['src/a', 'src', false],
    ['.', 'src/**', true],
    ['src', 'src/**/*.ts', true],
    ['src/**', 'src', true],
    ['src/**', 'src/*.ts', true],
    ['src/*.ts', 'src/**', false],
    ['src/*.ts', 'src/a.ts', false],
    ['src/**', 'regex:^src/.*\\.ts$', true],
    ['regex:^src/.*$', 'src/*/*', true],
    ['regex:^src/.*$', 'src', false],
    ['src/*.{ts,tsx}', 'src/*.ts', true],
    ['src/**', 'lib/**', false],
    ['app/[id]', 'app/[id]', true],
    ['app/**', 'app/[id]', true],
    ['app/*', 'app/[id]', false],
  ])('%s has all of %s: %s', (outer, inner, expected) => {
    expect(containsScope(compile(outer), compile(inner))).toBe(expected);
  });
});

describe('everything', () => {
  it.each([
    ['.', true],
    ['**', true],
    ['**/*', true],
    ['**/**', true],
    ['?*/**', true],
    ['{*,*/**}', true],
    ['regex:.*', true],
    ['regex:^.+$', true],
    ['regex:[^%]*', true],
    ['*', false],
    ['*/**/*', false],
    ['**/*.*', false],
    ['src', false],
    ['regex:[a-z]*', false],
  ])('is what %s covers: %s', (text, expected) => {
    expect(coversEverything(compile(text))).toBe(expected);
    expect(coversEverything(compile(text, FOLDED))).toBe(expected);
  });
});

/** Every path of up to `depth` segments. */
const pathsOf = (segments: readonly string[], depth: number): string[] => {
  if (depth === 1) return [...segments];
  const below = pathsOf(segments, depth - 1);
  return segments.flatMap((segment) => [segment, ...below.map((path) => `${segment}/${path}`)]);
};
const universe = pathsOf(['a', 'b', 'ab', 'A', '[a]'], 4);

const literal = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'A'), { minLength: 1, maxLength: 3 })
  .map((list) => list.join('/'));
const glob = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'A',
      '*',
      '**',
      '?',
      'a*',
      '*b',
      '[ab]',
      '[!a]',
      '{a,b}',
      '{a/b,a}',
      '[a]',
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((list) => `glob:${list.join('/')}`);
const regex = fc
  .array(
    fc.constantFrom('a', 'b', '/', '.', '(a|b)', '[^/]*', '(b/)?', 'a+', '(/.*)?', 'b|', '^', '$'),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((list) => `regex:${list.join('')}`);
const text = fc.oneof(literal, glob, regex);

/** The paths of the universe that a scope covers; undefined where it is refused. */
const sift = (source: string, rule = SENSITIVE): string[] | undefined => {
  const compiled = compileScope(parseScope(source), rule);
  if ('refused' in compiled) return undefined;
  return universe.filter((path) => scopeCovers(compiled, comparePath(path, rule)));
};

describe('any two scopes', () => {
  it('overlap where some path is covered by both', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(SENSITIVE, FOLDED), (a, b, rule) => {
        const [left, right] = [sift(a, rule), sift(b, rule)];
        if (!left?.some((path) => right?.includes(path))) return;
        expect([a, b, overlap(a, b, rule)]).toEqual([a, b, true]);
      }),
      runs(800),
    );
  });

  // Two of these meet, if at all, in a path of the universe: there is a name in it for every two
  // segments, and four segments are enough for two below two.
  it('overlap only where some path is covered by both: literals and globs', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '*',
      '**',
      '?',
      'a*',
      '*b',
      '{a,b}*',
      '[^a]*',
      '*[!b]',
      'A',
    );
    const short = fc
      .tuple(fc.constantFrom('', 'glob:'), fc.array(part, { minLength: 1, maxLength: 2 }))
      .map(([prefix, list]) => prefix + list.join('/'));
    fc.assert(
      fc.property(short, short, (a, b) => {
        const [left, right] = [sift(a), sift(b)];
        const common = left?.some((path) => right?.includes(path)) ?? false;
        expect([a, b, overlap(a, b)]).toEqual([a, b, common]);
      }),
      runs(600),
    );
  });

  it('without case, overlap wherever they do with it', () => {
    // But for a negation: where A is a, `[!a]` is neither.
    const plain = text.filter((source) => !source.includes('[!a]'));
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        if (sift(a) === undefined || sift(b) === undefined || !overlap(a, b)) return;
        expect([a, b, overlap(a, b, FOLDED)]).toEqual([a, b, true]);
      }),
    );
  });

  it('contain each other only where every path of the one is a path of the other', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [outer, inner] = [sift(a), sift(b)];
        if (outer === undefined || inner === undefined) return;
        if (!containsScope(compile(a), compile(b))) return;
        expect([a, b, inner.filter((path) => !outer.includes(path))]).toEqual([a, b, []]);
      }),
      runs(800),
    );
  });
});

describe('any scope', () => {
  it('without case, covers every path in any case that it covers with it', () => {
    const cased = fc.tuple(
      fc.constantFrom(...'aAéÉİıσΣςßẞKkK-'),
      fc.constantFrom('same', '?', '*', '[]', '[!%]'),
    );
    fc.assert(
      fc.property(fc.array(cased, { minLength: 1, maxLength: 4 }), (list) => {
        const path = list.map(([char]) => char).join('');
        const shapes = list.map(([char, shape]) => (shape === '[]' ? `[${char}]` : shape));
        const glob = shapes.map((shape, at) => (shape === 'same' ? list[at]?.[0] : shape)).join('');
        expect([glob, covers(`glob:${glob}`, path)]).toEqual([glob, true]);
        for (const spelt of [path, path.toUpperCase(), path.toLowerCase()]) {
          const isSame = comparePath(spelt, FOLDED) === comparePath(path, FOLDED);
          expect([glob, spelt, isSame && covers(glob, spelt, FOLDED)]).toEqual([
            glob,
            spelt,
            isSame,
          ]);
        }
      }),
      runs(600),
    );
  });

  it('is compiled or refused, never an exception, whatever the text', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...'ab/*?[]{}(),!^-\\.\0:regxlo'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        fc.oneof(text, hostile, fc.string({ unit: 'binary' })),
        fc.boolean(),
        (source, ignoreCase) => {
          const compiled = compileScope(parseScope(source), {
            ignoreCase,
            compile: compilePattern,
          });
          if ('refused' in compiled) return compiled.refused !== '';
          scopeCovers(compiled, 'a/b');
          coversEverything(compiled);
          return scopesOverlap(compiled, compiled);
        },
      ),
      runs(800),
    );
  });

  it('overlaps with itself and contains itself', () => {
    fc.assert(
      fc.property(text, (source) => {
        if (sift(source) === undefined) return;
        expect(overlap(source, source)).toBe(true);
        expect(containsScope(compile(source), compile(source))).toBe(true);
      }),
    );
  });
});
