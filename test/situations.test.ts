import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync(resolve(import.meta.dirname, '../docs/situations.md'), 'utf8');
const SITUATIONS = 65;

type Reference = { file: string; title: string };

/** Every `file › test` of a text. */
const listReferences = (text: string): Reference[] =>
  [...text.matchAll(/`([^`\n]+) › ([^`\n]+)`/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));

/** A string of a source as it is at run time. */
const unquote = (text: string): string => text.replace(/\\(.)/g, '$1');

/** Asks once for each text. */
const remember = <Answer>(ask: (text: string) => Answer): ((text: string) => Answer) => {
  const known = new Map<string, Answer>();
  return (text) => {
    const answer = known.get(text) ?? ask(text);
    known.set(text, answer);
    return answer;
  };
};

/** The first argument of each call of a source that begins with a string: titles are among them. */
const listTitles = remember((source: string): string[] =>
  [...source.matchAll(/\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")\s*,/g)].map(
    ([, single, double]) => unquote(single ?? double ?? ''),
  ),
);

/** The case that a title is, of one that stands for several: `refuses %s`; undefined where it is none of it. */
const findCase = (template: string, title: string): string[] | undefined => {
  const parts = template.split(/%[sjid]|\$\w+/);
  if (parts.length === 1) return undefined;
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+)');
  return new RegExp(`^${pattern}$`).exec(title)?.slice(1);
};

/** Why no test is called so; undefined where one is. `cases` is where cases are written down. */
const findFault = (title: string, source: string, cases: string): string | undefined => {
  const titles = listTitles(source);
  if (titles.includes(title)) return undefined;
  const found = titles.map((one) => findCase(one, title)).find((one) => one !== undefined);
  if (!found) return 'there is no such test';
  const missing = found.find((word) => !cases.includes(word));
  return missing === undefined ? undefined : `there is no case ${missing}`;
};

const readBeside = remember((directory: string): string =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => unquote(readFileSync(join(directory, name), 'utf8')))
    .join('\n'),
);

const checkReference = ({ file, title }: Reference): string | undefined => {
  const path = join(import.meta.dirname, file);
  if (!existsSync(path)) return `${file}: there is no such file`;
  const fault = findFault(title, readFileSync(path, 'utf8'), readBeside(dirname(path)));
  return fault && `${file} › ${title}: ${fault}`;
};

/** The rows of the page's tables, cell by cell, without their headings. */
const listRows = (page: string): string[][] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.at(-1) !== 'file › test');

describe('the page of situations', () => {
  const numbered = listRows(PAGE).filter(([number = '']) => /^\d+$/.test(number));

  it('has each of them, in order', () => {
    const numbers = Array.from({ length: SITUATIONS }, (_, at) => String(at + 1));
    expect(numbered.map(([number]) => number)).toEqual(numbers);
  });

  it('says of each what it is, and names a test', () => {
    const bare = numbered.filter(([, what = '', tests = '']) => {
      return what === '' || listReferences(tests).length === 0;
    });
    expect(bare).toEqual([]);
  });

  it('names tests that there are', () => {
    expect(listReferences(PAGE).map(checkReference).filter(Boolean)).toEqual([]);
  });
});

describe('a name on the page', () => {
  const source = `
    test('refuses a rename', () => {});
    test.each(WAYS)('lets %s through (%j)', (way) => {});
    it(
      'knows the reader\\'s name',
      PATIENT,
    );
    test("says \\"no\\"", () => {});
    run('is no title');`;
  const fault = (title: string) => findFault(title, source, "['a merge', 7]");

  it.each(['refuses a rename', "knows the reader's name", 'says "no"', 'lets a merge through (7)'])(
    'is that of a test: %s',
    (title) => {
      expect(fault(title)).toBeUndefined();
    },
  );

  it.each([
    ['refuses', 'there is no such test'],
    ['refuses a rename!', 'there is no such test'],
    ['is no title', 'there is no such test'],
    ['lets a rebase through (7)', 'there is no case a rebase'],
  ])('is that of none: %s', (title, said) => {
    expect(fault(title)).toBe(said);
  });

  it('is not found in a file that is not there', () => {
    expect(checkReference({ file: 'e2e/gone.test.ts', title: 'x' })).toMatch(/no such file/);
  });
});
