import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesWhole } from '../../src/locks/automaton-walk.ts';
import { compileRegex } from '../../src/locks/regex.ts';
import { runs } from '../effort.ts';

const matches = (pattern: string, path: string, ignoreCase = false): boolean => {
  const compiled = compileRegex(pattern, ignoreCase);
  if ('refused' in compiled) throw new Error(`${pattern}: ${compiled.refused}`);
  return matchesWhole(compiled.automaton, path);
};

const refusal = (pattern: string): string | undefined => {
  const compiled = compileRegex(pattern);
  return 'refused' in compiled ? compiled.refused : undefined;
};

describe('a regex', () => {
  it.each([
    ['^app/views/blog/.*$', 'app/views/blog/index.erb', true],
    ['^app/views/blog/.*$', 'app/views/blog', false],
    ['app', 'app/x', false],
    ['app', 'my/app', false],
    ['a.c', 'abc', true],
    ['a.c', 'a/c', true],
    ['a.c', 'a\nc', true],
    ['a.c', 'a😀c', true],
    ['a\\.c', 'abc', false],
    ['(?:a|b)+', 'abba', true],
    ['(?<part>a|)b', 'b', true],
    ['a|b|', '', true],
    ['a?', 'a', true],
    ['a?', 'aa', false],
    ['a{2,3}', 'aa', true],
    ['a{2,3}', 'aaaa', false],
    ['a{2,}?', 'aaaaa', true],
    ['a{0}b', 'b', true],
    ['a*?b+?c??', 'bb', true],
    ['[a-c]+', 'abcd', false],
    ['[^a-c/]+', 'xyz', true],
    ['[^a-c/]+', 'x/z', false],
    ['[]', 'a', false],
    ['[^]', '\n', true],
    ['[-a]+', 'a-', true],
    ['[a-]+', 'a-', true],
    ['[\\]\\-\\\\]+', ']-\\', true],
    ['[\\d_]+', '1_2', true],
    ['\\d\\w\\s\\D\\W\\S', '1a\u00a0b-c', true],
    ['\\/\\n\\t\\x41\\u0042\\u{1F600}\\uD83D\\uDE00', '/\n\tAB😀😀', true],
    ['é', 'é', true],
  ])('%s against %j: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it.each([
    ['^a$|^b$', 'b', true],
    ['(^a|b)c', 'ac', true],
    ['(^|x)a', 'a', true],
    ['(^|x)a', 'xa', true],
    ['a($|/.*)', 'a', true],
    ['a($|/.*)', 'a/b', true],
    ['a($|/.*)', 'ab', false],
    ['^^a$$', 'a', true],
    ['(?:^)*a', 'a', true],
    ['x^a', 'xa', false],
    ['x(^a|b)', 'xa', false],
    ['x(^a|b)', 'xb', true],
    ['a$b', 'ab', false],
    ['$^', '', true],
  ])('has an anchor in %s, against "%s": %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it.each([
    ['README', 'readme', true],
    ['[A-F]+', 'cafe', true],
    ['[Z-a]', 'z', true],
    ['[^A]', 'a', false],
    ['[^a]', 'b', true],
    ['É', 'é', true],
    ['[À-Þ]', 'é', true],
    ['ΟΔΟΣ', 'οδος', true],
    ['.x', 'i\u0307x', true],
    ['[^a]x', 'i\u0307x', true],
    ['İ{2}', 'i\u0307i\u0307', true],
    ['.*', 'i\u0307', true],
    ['\\W+', 'a', false],
  ])('without case, %s against the lower-cased %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path, true)).toBe(expected);
  });

  it.each([
    ['(?=a)b', 'the look-around (?= is not supported at character 1'],
    ['a(?!b)', 'the look-around (?! is not supported at character 2'],
    ['(?<=a)b', 'the look-around (?<= is not supported at character 1'],
    ['(?<!a)b', 'the look-around (?<! is not supported at character 1'],
    ['(a)\\1', 'the back-reference \\1 is not supported at character 4'],
    ['(?<n>a)\\k<n>', 'the back-reference \\k is not supported at character 8'],
    ['\\bx', 'the word boundary \\b is not supported at character 1'],
    ['x\\B', 'the word boundary \\B is not supported at character 2'],
    ['\\p{L}', 'the Unicode property \\p is not supported at character 1'],
    ['\\q', 'the escape \\q is not known at character 1'],
    ['\\u{110000}', 'the escape \\u is not known at character 1'],
    ['a\\', 'a backslash stands alone at character 2'],
    ['a(b', 'a ( is not closed at character 2'],
    ['ab)', 'a ) was never opened at character 3'],
    ['(?i:a)', 'the group (? is not known at character 1'],
    ['[ab', 'a [ is not closed at character 1'],
    ['[b-a]', 'a range of characters has no order at character 2'],
    ['[\\d-z]', 'a range of characters has no order at character 2'],
    ['*a', 'there is nothing to repeat for the * at character 1'],
    ['a**', 'there is nothing to repeat for the * at character 3'],
    ['^*', 'there is nothing to repeat for the * at character 2'],
    ['a{3,2}', 'a repetition has no order at character 1'],
    ['a{', 'a lone { is not escaped at character 2'],
    ['a]', 'a lone ] is not escaped at character 2'],
    ['(a{1000}){1000}', 'the pattern is too large: more than 5000 states'],
    [
      `${'('.repeat(200)}a${')'.repeat(200)}`,
      'groups are nested more than 100 deep at character 101',
    ],
  ])('%s is refused: %s', (pattern, reason) => {
    expect(refusal(pattern)).toBe(reason);
  });
});

const letter = fc.constantFrom('a', 'b', '/', '.', '\n', '😀', 'é');
const atom = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'é', '😀', '\\/', '\\.', '\\n') },
  fc.constantFrom('.', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '\\x61', '\\u{62}', '[]', '[^]'),
  fc.constantFrom('[ab]', '[^a]', '[a-é]', '[^b/]', '[\\w.]', '[^\\w.]', '[-a]', '[😀-😂]'),
  fc.constantFrom('^', '$'),
);
const quantifier = fc.constantFrom(
  '*',
  '+',
  '?',
  '{0}',
  '{1}',
  '{2}',
  '{1,}',
  '{0,2}',
  '{1,3}',
  '*?',
  '+?',
);
const { pattern } = fc.letrec<{ pattern: string; branch: string; part: string }>((tie) => ({
  pattern: fc.array(tie('branch'), { minLength: 1, maxLength: 3 }).map((list) => list.join('|')),
  branch: fc.array(tie('part'), { maxLength: 4 }).map((list) => list.join('')),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(atom, quantifier).map(([one, sign]) => (/[$^]$/.test(one) ? one : one + sign)),
    tie('pattern').map((inner) => `(${inner})`),
    fc.tuple(tie('pattern'), quantifier).map(([inner, sign]) => `(?:${inner})${sign}`),
  ),
}));

describe('any regex', () => {
  it('matches what JavaScript matches', () => {
    const texts = fc.array(fc.array(letter, { maxLength: 6 }), { minLength: 5, maxLength: 20 });
    fc.assert(
      fc.property(pattern, texts, (source, paths) => {
        const compiled = compileRegex(source);
        // Copies of copies may be refused for their size; nothing else of this grammar is.
        if ('refused' in compiled) return compiled.refused.includes('too large');
        const whole = new RegExp(`^(?:${source})$`, 'us');
        for (const path of paths.map((list) => list.join(''))) {
          expect([path, matchesWhole(compiled.automaton, path)]).toEqual([path, whole.test(path)]);
        }
        return true;
      }),
      runs(1000),
    );
  });

  it('is compiled or refused, never an exception, whatever the text', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...'ab()[]{}|*+?^$\\.-,:<>=!1dupxk/'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (source) => {
        const compiled = compileRegex(source);
        return 'refused' in compiled ? compiled.refused !== '' : compiled.automaton.next.length > 0;
      }),
      runs(1000),
    );
  });

  it('that is accepted is one to JavaScript too', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...'ab()[]{}|*+?^$\\.-,:<>=!1dupxk/'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(hostile, (source) => {
        const compiled = compileRegex(source);
        // Escapes of characters that need none are an error with the flag u, and harmless.
        if ('refused' in compiled || /\\[^\w]/.test(source)) return;
        expect(() => new RegExp(source, 'us')).not.toThrow();
      }),
      runs(1500),
    );
  });
});
