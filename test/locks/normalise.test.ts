import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseScope, toRepoScope } from '../../src/locks/normalise.ts';
import { parseScope, scopeCovers } from '../../src/locks/scope.ts';
import { claimOn } from './build.ts';

const normal = (text: string): string => normaliseScope(parseScope(text)).text;

describe('the one spelling of a scope', () => {
  it.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src/a.ts', 'src/a.ts'],
    ['././src', 'src'],
    ['src//a.ts', 'src/a.ts'],
    ['src/./a.ts', 'src/a.ts'],
    ['src/.', 'src/'],
    ['src/', 'src/'],
    ['src///', 'src/'],
    ['.', '.'],
    ['./', '.'],
    ['.hidden', '.hidden'],
    ['a/.hidden/b', 'a/.hidden/b'],
    ['a./b', 'a./b'],
    ['...', '...'],
    ['/', '/'],
    ['../x', '../x'],
    ['glob:./src//*.ts', 'glob:src/*.ts'],
    ['./src/*.ts', 'glob:src/*.ts'],
  ])('of %s is %s', (text, expected) => {
    expect(normal(text)).toBe(expected);
  });

  it.each(['regex:^./src//a$', 'regex:.', 'regex:a/./b'])('of the regex %s is itself', (text) => {
    expect(normal(text)).toBe(text);
  });

  it('is its own one spelling', () => {
    const texts = fc.array(fc.constantFrom('.', '/', 'a', '..', '*', 'b.ts'), { maxLength: 8 });
    fc.assert(
      fc.property(texts, (parts) => normal(normal(parts.join(''))) === normal(parts.join(''))),
      { numRuns: 500 },
    );
  });
});

describe('what a user types', () => {
  const at = { top: '/home/repo', prefix: 'web/app/' };
  const atTop = { top: '/home/repo', prefix: '' };

  it.each([
    ['a.ts', 'web/app/a.ts'],
    ['./a.ts', 'web/app/a.ts'],
    ['.', 'web/app/'],
    ['..', 'web'],
    ['../lib/', 'web/lib/'],
    ['../../src//x', 'src/x'],
    ['../..', '.'],
    ['*.ts', 'web/app/*.ts'],
    ['sub/../a.ts', 'web/app/a.ts'],
    ['..a', 'web/app/..a'],
    ['...', 'web/app/...'],
    ['-n', 'web/app/-n'],
  ])('is relative to where they stand: %s is %s', (typed, text) => {
    expect(toRepoScope(typed, at)).toEqual({ text });
  });

  it.each([
    ['/home/repo/src/a.ts', 'src/a.ts'],
    ['/home/repo//src/', 'src/'],
    ['/home/repo', '.'],
    ['/home/repo/', '.'],
    ['/home/repo/src/../b', 'b'],
  ])('may be absolute inside the repository: %s is %s', (typed, text) => {
    expect(toRepoScope(typed, at)).toEqual({ text });
  });

  it.each([
    '/etc/passwd',
    '/home',
    '/',
    '/home/repository/x',
    '/home/repo/..',
    '/home/repo/../other',
    '../../..',
    '../../../x',
    'a/../../../../x',
  ])('is refused where it lies outside: %s', (typed) => {
    expect(toRepoScope(typed, at)).toEqual({ refused: 'it lies outside the repository' });
  });

  it('is refused where it is empty', () => {
    expect(toRepoScope('', at)).toEqual({ refused: 'it is empty' });
  });

  it.each(['glob:src/*.ts', 'regex:^src/.*$', 'glob:../x'])(
    'is as in a lock file where it says its kind: %s',
    (typed) => {
      expect(toRepoScope(typed, at)).toEqual({ text: typed });
    },
  );

  it.each(['glob:a', 'regex:a'])('names a file that is called %s, if it is written ./', (name) => {
    const scope = toRepoScope(`./${name}`, atTop);
    const claim = claimOn('text' in scope ? scope.text : '');
    expect([scopeCovers(claim.compiled, name), scopeCovers(claim.compiled, 'a')]).toEqual([
      true,
      false,
    ]);
  });

  it('never leads outside, whatever the dots', () => {
    const words = fc.array(fc.constantFrom('..', '.', 'a', 'b', ''), { maxLength: 9 });
    fc.assert(
      fc.property(words, (parts) => {
        const scope = toRepoScope(parts.join('/'), at);
        return 'refused' in scope || !/(^|\/)\.\.(\/|$)|^\//.test(scope.text);
      }),
      { numRuns: 500 },
    );
  });
});
