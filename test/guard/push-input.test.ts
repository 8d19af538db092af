import { describe, expect, it } from 'vitest';
import { parsePushInput } from '../../src/guard/index.ts';

const id = (letter: string): string => letter.repeat(40);
const ZERO = id('0');
const [OLD, NEW] = [id('a'), id('b')];
const REF = {
  localRef: 'refs/heads/main',
  localId: NEW,
  remoteRef: 'refs/heads/main',
  remoteId: OLD,
};

const commit = (path: string, message: string): string[] => [
  NEW,
  OLD,
  'Ben <ben@example.com>',
  message,
  `\n:100644 100644 ${id('c')} ${id('d')} M`,
  path,
];

const LINES = [
  'range ended with 0',
  `100644 blob ${id('1')}\tCODEOWNERS`,
  `120000 blob ${id('2')}\tdocs/CODEOWNERS`,
  'end of trusted side',
  'own is pushed',
  `${OLD} refs/remotes/origin/main`,
  'end of refs',
  'Ben <ben@example.com> 1700000000 +0000',
];

const DRIFT = [`:100644 100644 ${id('c')} ${id('d')} M`, 'src/a.ts', `end of drift ${OLD}`];

const parse = (
  fields: readonly string[],
  { lines = LINES, remoteId = OLD }: { lines?: readonly string[]; remoteId?: string } = {},
) =>
  parsePushInput(Buffer.from([...fields, '', lines.join('\n'), ''].join('\0')), {
    ...REF,
    remoteId,
  });

const BEGIN = 'begin of commits';

describe('what git says of a push', () => {
  it('is read in full', () => {
    expect(parse([...DRIFT, BEGIN, ...commit('src/b.ts', 'work\n')])).toMatchObject({
      own: undefined,
      refs: new Map([['refs/remotes/origin/main', OLD]]),
      trusted: new Map([['CODEOWNERS', id('1')]]),
      drift: { from: OLD, changes: [{ path: 'src/a.ts', kind: 'modified' }] },
      email: 'ben@example.com',
      commits: [{ commit: NEW, parents: [OLD], changes: [{ path: 'src/b.ts' }] }],
    });
  });

  it('has the own side where it was asked', () => {
    const own = [`100644 blob ${id('3')}\tCODEOWNERS`, 'end of own side'];
    const lines = LINES.flatMap((line) => (line === 'own is pushed' ? own : [line]));

    expect(parse([BEGIN, ...commit('a', '')], { lines })?.own).toEqual(
      new Map([['CODEOWNERS', id('3')]]),
    );
  });

  it.each([BEGIN, ...LINES, LINES.join('\n'), `end of drift ${OLD}`])(
    'takes no path and no message for a mark: %j',
    (mark) => {
      for (const [path, message] of [
        [mark, 'work'],
        ['a', mark],
      ] as const) {
        expect(parse([BEGIN, ...commit(path, message)])?.commits).toMatchObject([
          { commit: NEW, changes: [{ path }] },
        ]);
        expect(parse(commit(path, message))).toBeUndefined();
        expect(parse([BEGIN, ...commit(path, message)], { lines: [] })).toBeUndefined();
      }
    },
  );

  it.each(LINES.filter((line) => /^(?:range|end|own|Ben)/.test(line)))(
    'is no answer without a line of it: %s',
    (missing) => {
      const lines = LINES.filter((line) => line !== missing);

      expect(parse([BEGIN, ...commit('a', '')], { lines })).toBeUndefined();
    },
  );

  it('is no answer where git failed on the way', () => {
    const lines = ['range ended with 128', ...LINES.slice(1)];

    expect(parse([BEGIN, ...commit('a', '')], { lines })).toBeUndefined();
  });

  it('is no answer where what has come since an audit broke off within a field', () => {
    const [entry = ''] = DRIFT;

    expect(parse([`${entry.slice(0, 30)}${BEGIN}`, ...commit('a', '')])).toBeUndefined();
    expect(parse([entry, `src${BEGIN}`, ...commit('a', '')])).toBeUndefined();
  });

  it('is for the command where the remote would lose something, or nothing is new', () => {
    expect(parse([BEGIN, ...commit('a', '')], { remoteId: id('e') })).toBeUndefined();
    expect(parse([BEGIN, ...commit('a', '')], { remoteId: ZERO })).toBeDefined();
    expect(parse([BEGIN])).toBeUndefined();
  });
});
