import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changedFromEvery,
  listPlaces,
  parseIndexDiff,
  parseLog,
  splitDecoded,
  splitFields,
} from '../../src/guard/changes.ts';
import { decodePath } from '../../src/kit/paths.ts';
import { changeOf } from './question.ts';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const ZERO = '0'.repeat(40);

/** What git prints, with each NUL written as |. */
const output = (text: string): Uint8Array => Buffer.from(text.replaceAll('|', '\0'));
const entry = (path: string, status = 'M', blob = NEW): string =>
  `:100644 100644 ${OLD} ${blob} ${status}|${path}|`;

describe('the entries of a raw diff', () => {
  it.each([
    ['A', 'added', NEW],
    ['M', 'modified', NEW],
    ['T', 'modified', NEW],
    ['U', 'modified', NEW],
    ['X', 'modified', NEW],
    ['D', 'deleted', undefined],
  ])('with status %s are %s', (status, kind, blob) => {
    expect(parseIndexDiff(output(entry('a', status)))).toEqual([{ path: 'a', kind, blob }]);
  });

  it('keep the order in which git has them', () => {
    const changes = parseIndexDiff(output(entry('b') + entry('a', 'D', ZERO) + entry('c')));
    expect(changes.map(({ path }) => path)).toEqual(['b', 'a', 'c']);
  });

  it('are none where nothing has changed', () => {
    expect(parseIndexDiff(output(''))).toEqual([]);
  });

  it.each([
    'with blank',
    ' leading and trailing ',
    'with\nnewline',
    'with\ttab',
    ':100644 100644 a b M',
    'end of changes',
    '"quoted"',
    '-dash',
    'é/😀',
    'b'.repeat(40),
    '::',
  ])('have the name as it is: %j', (name) => {
    const paths = parseIndexDiff(output(entry('first') + entry(name) + entry('last'))).map(
      ({ path }) => path,
    );
    expect(paths).toEqual(['first', name, 'last']);
  });

  it('have whatever name a file system takes, byte by byte', () => {
    const byte = fc.integer({ min: 1, max: 255 });
    const names = fc.array(fc.array(byte, { minLength: 1, maxLength: 12 }), { maxLength: 6 });
    fc.assert(
      fc.property(names, (list) => {
        const parts = list.flatMap((name) => [
          Buffer.from(`:100644 100644 ${OLD} ${NEW} M\0`),
          Buffer.from([...name, 0]),
        ]);
        const paths = parseIndexDiff(Buffer.concat(parts)).map(({ path }) => path);
        expect(paths).toEqual(list.map((name) => decodePath(Uint8Array.from(name))));
      }),
    );
  });
});

describe('the log of several commits', () => {
  /** As `git log -z --raw` prints it: a format of two fields, a line end, the entries. */
  const logged = (id: string, message: string, ...entries: string[]): string =>
    `${id}|${message}\n|${entries.length > 0 ? '\n' : '|'}${entries.join('')}`;
  const read = (text: string) => parseLog(splitDecoded(output(text)), 2);

  it('has each commit with its own changes', () => {
    const text = logged(OLD, 'one', entry('a'), entry('b')) + logged(NEW, 'two', entry('c', 'A'));
    expect(
      read(text).map(({ header, changes }) => [header, changes.map(({ path }) => path)]),
    ).toEqual([
      [
        [OLD, 'one\n'],
        ['a', 'b'],
      ],
      [[NEW, 'two\n'], ['c']],
    ]);
  });

  it('has a commit without changes, and one without a message', () => {
    const text = `${logged(OLD, 'one')}${NEW}||\n${entry('c')}`;
    expect(read(text).map(({ header, changes }) => [header[1], changes.length])).toEqual([
      ['one\n', 0],
      ['', 1],
    ]);
  });

  it('has what was edited inside a merge, behind an empty field', () => {
    const merge = `::100644 100644 100644 ${OLD} ${OLD} ${NEW} MM|a|`;
    const text = `${OLD}|merge\n||${merge}${logged(NEW, 'two', entry('c'))}`;
    expect(read(text).map(({ changes }) => changes.map(({ path }) => path))).toEqual([
      ['a'],
      ['c'],
    ]);
  });

  it('takes no path for a commit, and no message for a change', () => {
    const text = logged(OLD, entry('x').slice(0, -3), entry(NEW), entry('z')) + logged(NEW, 'b');
    expect(read(text).map(({ header, changes }) => [header[0], changes.length])).toEqual([
      [OLD, 2],
      [NEW, 0],
    ]);
  });

  it.each([
    ['MM', 'modified', NEW],
    ['AM', 'modified', NEW],
    ['AA', 'added', NEW],
    ['DD', 'deleted', undefined],
    ['MMM', 'modified', NEW],
  ])('has what a merge with status %s leaves: %s', (status, kind, blob) => {
    const parents = status.length;
    const modes = '100644 '.repeat(parents + 1);
    const text = `${':'.repeat(parents)}${modes}${`${OLD} `.repeat(parents)}${NEW} ${status}|a|`;
    expect(parseIndexDiff(output(text))).toEqual([{ path: 'a', kind, blob }]);
  });
});

describe('a submodule', () => {
  it.each([
    ['is moved', ':160000 160000', 'M'],
    ['comes', ':000000 160000', 'A'],
    ['goes', ':160000 000000', 'D'],
    ['takes the place of a file', ':100644 160000', 'T'],
    ['makes place for a link', ':160000 120000', 'T'],
    ['is moved in a merge', '::160000 160000 160000', 'MM'],
    ['was one in a parent of a merge', '::100644 160000 100644', 'MM'],
  ])('that %s stands for all that lies below it', (_, modes, status) => {
    const ids = modes.startsWith('::') ? `${OLD} ${OLD} ${NEW}` : `${OLD} ${NEW}`;
    const changes = parseIndexDiff(output(`${modes} ${ids} ${status}|mods/sub|${entry('a')}`));
    expect(changes.map(({ isTree }) => isTree)).toEqual([true, undefined]);
    expect(listPlaces(changes)).toEqual(['mods/sub/', 'a']);
  });

  it('is none where an id or a name reads like one', () => {
    const id = `${'a'.repeat(34)}160000`;
    const text = `:100644 100644 ${id} ${id} M|160000 :160000 |`;
    expect(listPlaces(parseIndexDiff(output(text)))).toEqual(['160000 :160000 ']);
  });
});

describe('what differs from every parent', () => {
  const [a, b, c] = [changeOf('a'), changeOf('b'), changeOf('c')];

  it('is what differs from the only one', () => {
    expect(changedFromEvery([[a, b]])).toEqual([a, b]);
  });

  it('is not what was carried over from one of two', () => {
    expect(
      changedFromEvery([
        [a, b],
        [b, c],
      ]),
    ).toEqual([b]);
  });

  it('is nothing where one parent has it all already', () => {
    expect(changedFromEvery([[a, b], [], [a, b]])).toEqual([]);
  });

  it('is nothing where there is nothing to compare with', () => {
    expect(changedFromEvery([])).toEqual([]);
  });
});

describe('fields', () => {
  it('end with a NUL; what has none is torn and is no field', () => {
    expect(splitFields(output('a||b|torn')).map(String)).toEqual(
      [Buffer.from('a'), Buffer.from(''), Buffer.from('b')].map(String),
    );
  });
});
