import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findOwnersPlace,
  OWNERS_PLACES,
  OWNERS_PROBLEM_KINDS,
  parseOwners as parseText,
} from '../../src/owners/index.ts';

const parseOwners = (text: string) => {
  const { sections, ...file } = parseText(text, 'github');
  const [section, ...more] = sections;
  expect(more).toEqual([]);
  return { ...file, rules: section?.rules ?? [] };
};
const rulesOf = (text: string) => parseOwners(text).rules;
const problemOf = (line: string) => parseOwners(line).problems[0];

describe('what is a rule', () => {
  test('a line is a pattern and its owners, with the number of the line', () => {
    expect(parseOwners('# all\n\n* @a @org/team\n\t/src/\tmail@example.com\n')).toEqual({
      dialect: 'github',
      rules: [
        { pattern: '*', line: 3, owners: ['@a', '@org/team'] },
        { pattern: '/src/', line: 4, owners: ['mail@example.com'] },
      ],
      problems: [],
      doubts: [],
    });
  });

  test('a rule without owners is kept, because it takes its paths away from everybody', () => {
    expect(rulesOf('/gen/')).toEqual([{ pattern: '/gen/', line: 1, owners: [] }]);
  });

  test('a comment may follow the pattern or the owners', () => {
    expect(rulesOf('/gen/ # generated\n*.js @a #@b @c')).toEqual([
      { pattern: '/gen/', line: 1, owners: [] },
      { pattern: '*.js', line: 2, owners: ['@a'] },
    ]);
  });

  test('a hash inside a name starts no comment', () => {
    expect(rulesOf('c#/ @a\nc\\#/ @b')).toMatchObject([{ pattern: 'c#/' }, { pattern: 'c\\#/' }]);
  });

  test('an escaped blank belongs to the pattern, and the escape is kept', () => {
    expect(rulesOf('my\\ file.txt @a')).toEqual([
      { pattern: 'my\\ file.txt', line: 1, owners: ['@a'] },
    ]);
  });

  test('CRLF and a byte order mark are no part of any word', () => {
    expect(rulesOf('\ufeff* @a\r\n/vendor/\r\n')).toEqual([
      { pattern: '*', line: 1, owners: ['@a'] },
      { pattern: '/vendor/', line: 2, owners: [] },
    ]);
  });

  test.each([
    '@user',
    '@my-org/team_2-x',
    '@ralph/owner:codex',
    '@3',
    'docs@example.com',
    'first.last+tag@mail.example.co.uk',
  ])('%s is an owner', (owner) => {
    expect(parseOwners(`* ${owner}`)).toMatchObject({ rules: [{ owners: [owner] }], problems: [] });
  });
});

describe('what is skipped and reported', () => {
  test('a skipped line leaves the lines around it alone', () => {
    const file = parseOwners('* @a\n*.js not/an/owner\n*.md @docs\n');
    expect(file.rules.map(({ line }) => line)).toEqual([1, 3]);
    expect(file.problems).toMatchObject([{ line: 2, column: 6, kind: 'bad-owner' }]);
  });

  test.each([
    { line: '!*.md @a', column: 1, kind: 'negated-pattern', suggestion: '*.md' },
    { line: '\\#a.rb @a', column: 1, kind: 'escaped-hash', suggestion: '**/\\#a.rb @a' },
    { line: '\\#a/ @a', column: 1, kind: 'escaped-hash', suggestion: '**/\\#a/ @a' },
    { line: '\\#a/b @a', column: 1, kind: 'escaped-hash', suggestion: '/\\#a/b @a' },
    { line: '  *.[ch] @a', column: 5, kind: 'character-range', suggestion: '*.? @a' },
    { line: 'app/[id]/x @a', column: 5, kind: 'character-range', suggestion: 'app/\\[id\\]/x @a' },
    { line: 'a[b @a', column: 2, kind: 'character-range', suggestion: 'a\\[b @a' },
    { line: '***/*.rb @a', column: 1, kind: 'star-run', suggestion: '**/*.rb @a' },
    { line: 'a\\', column: 2, kind: 'dangling-escape', suggestion: 'a' },
    { line: '*.js alice # js', column: 6, kind: 'bad-owner', suggestion: '*.js @alice # js' },
    { line: '*.js @a, @b', column: 6, kind: 'bad-owner', suggestion: '*.js @a @b' },
    { line: '[x] org/team', column: 1, kind: 'character-range', suggestion: '\\[x\\] @org/team' },
  ])(
    '$line is $kind at column $column, and the line to write is $suggestion',
    ({ line, ...problem }) => {
      expect(parseOwners(line).rules).toEqual([]);
      expect(problemOf(line)).toEqual({ line: 1, message: expect.any(String), ...problem });
    },
  );

  test.each(['* docs@', '* @', '* @a/', '* @a/b/c', '! @a'])(
    '%s has no valid line near it',
    (line) => {
      expect(parseOwners(line)).toMatchObject({ rules: [], problems: [{ line: 1 }] });
      expect(problemOf(line)).not.toHaveProperty('suggestion');
    },
  );

  test('a byte order mark moves no column', () => {
    expect(problemOf('\ufeff!a')).toMatchObject({ line: 1, column: 1 });
  });

  test('escaped brackets, an escaped exclamation mark and a pair of backslashes are valid', () => {
    expect(parseOwners('\\[a\\] @a\n\\!b @b\nc\\\\ @c').problems).toEqual([]);
  });

  test('three stars beside other characters are valid', () => {
    expect(parseOwners('a*** @a').problems).toEqual([]);
  });

  test('a file of 3 MB is not read: one problem and no rules', () => {
    const line = '* @a\n';
    const limit = 3 * 1024 * 1024;
    const text = line + '#'.repeat(limit - line.length);
    expect(parseOwners(text)).toMatchObject({
      rules: [],
      problems: [{ line: 1, column: 1, kind: 'file-too-large' }],
    });
    expect(parseOwners(text.slice(1)).problems).toEqual([]);
  });

  test('the size is counted in bytes, not in characters', () => {
    const text = `#${'é'.repeat(1.5 * 1024 * 1024)}`;
    expect(problemOf(text)).toMatchObject({ kind: 'file-too-large' });
  });
});

describe('for any text', () => {
  const words = fc.constantFrom(
    ...['*', '**', '***', '!', '\\', '#', '[', ']', '/', 'a', '@', '@a', '@a/b', 'x@y.z', ','],
    ...[' ', '\t', '\n', '\r\n', 'é', '\ufeff'],
  );
  const texts = fc.array(words, { maxLength: 30 }).map((parts) => parts.join(''));

  test('each line gives a rule or a problem at most, and points into the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { rules, problems } = parseOwners(text);
        const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
        const numbers = [...rules, ...problems].map(({ line }) => line);
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const { pattern, line } of rules) expect(lines[line - 1]).toContain(pattern);
        for (const { line, column, kind } of problems) {
          expect(lines[line - 1]?.[column - 1]).toMatch(/[^ \t]/);
          expect(OWNERS_PROBLEM_KINDS).toContain(kind);
        }
      }),
    );
  });

  test('a comment behind a line changes nothing of how the line is read', () => {
    const lines = fc
      .array(words, { maxLength: 8 })
      .map((parts) => parts.join('').replace(/\s/g, ' '));
    const plain = fc
      .tuple(
        fc.constantFrom('*.js', '/a/b', '"x"', 'a***', '***', 'a~'),
        fc.constantFrom(' @a', ' @a/b  @c', '', ' @'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(lines, plain), (line) => {
        fc.pre(!line.endsWith('\\'));
        expect(parseOwners(`\n${line} # x`).rules).toEqual(parseOwners(`\n${line}`).rules);
      }),
    );
  });

  test('a suggested line is valid', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const { suggestion } of parseOwners(text).problems) {
          if (suggestion === undefined) continue;
          // Not as the first line, where a byte order mark would not count.
          const file = parseOwners(`\n${suggestion}`);
          expect(file).toMatchObject({ rules: [{ line: 2 }], problems: [] });
        }
      }),
    );
  });

  test('the result survives JSON', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = parseOwners(text);
        expect(JSON.parse(JSON.stringify(file))).toEqual(file);
      }),
    );
  });
});

describe('which file is in force, and by whose rules', () => {
  const find = (paths: string[], configured?: 'github' | 'gitlab') => {
    const place = findOwnersPlace((path) => paths.includes(path), configured);
    return place && `${place.dialect} ${place.path}`;
  };

  test('GitHub looks in .github/, at the top, then in docs/', () => {
    const all = ['docs/CODEOWNERS', 'CODEOWNERS', '.github/CODEOWNERS', '.gitlab/CODEOWNERS'];
    expect(find(all)).toBe('github .github/CODEOWNERS');
    expect(find(all.slice(0, 2))).toBe('github CODEOWNERS');
    expect(find(all.slice(0, 1))).toBe('github docs/CODEOWNERS');
  });

  test('GitLab looks at the top, in docs/, then in .gitlab/, where the config says that it is GitLab', () => {
    const all = ['.gitlab/CODEOWNERS', 'docs/CODEOWNERS', 'CODEOWNERS', '.github/CODEOWNERS'];
    expect(find(all, 'gitlab')).toBe('gitlab CODEOWNERS');
    expect(find(all.slice(0, 2), 'gitlab')).toBe('gitlab docs/CODEOWNERS');
    expect(find(['.github/CODEOWNERS'], 'gitlab')).toBeUndefined();
  });

  test('a file in .gitlab/ alone is GitLab’s without a word in the config, and never GitHub’s', () => {
    expect(find(['.gitlab/CODEOWNERS'])).toBe('gitlab .gitlab/CODEOWNERS');
    expect(find(['.gitlab/CODEOWNERS'], 'github')).toBeUndefined();
    expect(find([])).toBeUndefined();
  });

  test('every place of both is known', () => {
    expect(OWNERS_PLACES).toEqual([
      '.github/CODEOWNERS',
      'CODEOWNERS',
      'docs/CODEOWNERS',
      '.gitlab/CODEOWNERS',
    ]);
  });
});
