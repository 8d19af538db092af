import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommits, parseEdits, parseStatus } from '../../src/radar/edits.ts';
import { parseMerge, parseMerges } from '../../src/radar/merge.ts';
import { listParties, parseWorktrees, type Worktree } from '../../src/radar/party.ts';
import { withoutPrograms, withSettings } from '../../src/radar/quiet.ts';
import { chooseBase, findCounterpart, parseRefs } from '../../src/radar/refs.ts';

/** Any name that a file system takes; what git prints of it with `-z` is the name itself. */
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter(
    (text) => !text.includes('\0') && !text.endsWith('/') && Buffer.from(text).toString() === text,
  );

const ID = (digit: string) => digit.repeat(40);
const ZERO = ID('0');

describe('what git prints', () => {
  it('is read whatever names are in it: edits of trees', () => {
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(name, { maxLength: 4 }), { maxLength: 4 }), (groups) => {
        const headers = groups.map((_, index) => `${ID('a')} ${ID(String(index))}`);
        const output = groups
          .map(
            (names, index) =>
              `${headers[index]}\n${names.map((path) => `:100644 100755 ${ID('1')} ${ID('2')} M\0${path}\0`).join('')}`,
          )
          .join('');
        const edits = parseEdits(Buffer.from(output));
        for (const [index, names] of groups.entries()) {
          expect((edits.get(headers[index] ?? '') ?? []).map(({ path }) => path)).toEqual(names);
        }
      }),
    );
  });

  it('is read of merges with several parents, of deletions and of what is new', () => {
    const output = [
      `${ID('c')}\0::100644 100644 100755 ${ID('1')} ${ID('2')} ${ID('3')} MM\0a\0`,
      `:100644 000000 ${ID('1')} ${ZERO} D\0b\0:000000 120000 ${ZERO} ${ID('4')} A\0c\0`,
    ].join('');

    expect(parseEdits(Buffer.from(output)).get(ID('c'))).toEqual([
      { path: 'a', version: `100755 ${ID('3')}`, isAdded: false },
      { path: 'b', version: '', isAdded: false },
      { path: 'c', version: `120000 ${ID('4')}`, isAdded: true },
    ]);
  });

  it('is read whatever names are in it: a status', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 3, maxLength: 3 }), ([a, b, c]) => {
        const output = [
          `1 .D N... 100644 100644 000000 ${ID('1')} ${ID('1')} ${a}`,
          `u UU N... 100644 100644 100644 100644 ${ID('1')} ${ID('2')} ${ID('3')} ${b}`,
          `? ${c}`,
          '? nested/',
          '',
        ].join('\0');
        expect(parseStatus(Buffer.from(output))).toEqual([
          { path: a, isAdded: false, isDeleted: true, isUnmerged: false },
          { path: b, isAdded: false, isDeleted: false, isUnmerged: true },
          { path: c, isAdded: true, isDeleted: false, isUnmerged: false },
        ]);
      }),
    );
  });

  it('is read of merges, up to where git died', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.uniqueArray(name, { minLength: 1, maxLength: 3 })), { maxLength: 5 }),
        fc.nat(40),
        (merges, lost) => {
          const texts = merges.map((paths) =>
            paths === null
              ? `1\0${ID('a')}\0\0`
              : `0\0${ID('b')}\0${paths.map((path) => `${path}\0`).join('')}\0${paths.map((path) => `1\0${path}\0CONFLICT (binary)\0words\n\0`).join('')}\0`,
          );
          const expected = merges.map((paths) =>
            paths === null
              ? { kind: 'clean', tree: ID('a') }
              : {
                  kind: 'conflict',
                  tree: ID('b'),
                  conflicts: new Map(paths.map((path) => [path, 'binary'])),
                },
          );
          expect(parseMerges(Buffer.from(texts.join('')))).toEqual(expected);
          const whole = Buffer.from(texts.join(''));
          const cut = parseMerges(whole.subarray(0, Math.max(0, whole.length - 1 - lost)));
          expect(cut).toEqual(expected.slice(0, cut.length));
          expect(cut.length).toBeLessThan(Math.max(1, expected.length));
        },
      ),
    );
  });

  it('is read of one merge alone, and of one with advice on submodules behind it', () => {
    const told = `${ID('b')}\0sub\0\0${'1\0sub\0CONFLICT (submodule)\0words\n\0'}Recursive merging …\n\n git add sub\n`;

    expect(parseMerge(Buffer.from(`${ID('a')}\0`), true)).toEqual({ kind: 'clean', tree: ID('a') });
    expect(parseMerge(Buffer.from(told), false)).toEqual({
      kind: 'conflict',
      tree: ID('b'),
      conflicts: new Map([['sub', 'submodule']]),
    });
    expect(parseMerges(Buffer.from(`0\0${told}\0` + `1\0${ID('a')}\0\0`))).toHaveLength(2);
  });

  it('is read of commits: e-mails with blanks in them, none, and roots', () => {
    expect(
      parseCommits(`${ID('a')} 10 <ann b@example.com> ${ID('b')} ${ID('c')}\n${ID('b')} 5 <> \n`),
    ).toEqual([
      { id: ID('a'), parents: [ID('b'), ID('c')], email: 'ann b@example.com', at: 10_000 },
      { id: ID('b'), parents: [], email: undefined, at: 5_000 },
    ]);
  });
});

describe('worktrees', () => {
  const RECORDS = [
    ['worktree /a b', `HEAD ${ID('a')}`, 'branch refs/heads/x/y', 'locked why not'],
    ['worktree /bare', 'bare'],
    ['worktree /new', `HEAD ${ZERO}`, 'branch refs/heads/new'],
    ['worktree /off', `HEAD ${ID('b')}`, 'detached', 'prunable gone'],
  ];

  it.each(['\0', '\n'] as const)('are read, ended by %j', (end) => {
    const output = RECORDS.map((lines) => lines.map((line) => line + end).join('') + end).join('');

    expect(parseWorktrees(output, end)).toMatchObject([
      { path: '/a b', head: ID('a'), branch: 'x/y', isBare: false, isLocked: true },
      { path: '/bare', head: undefined, isBare: true },
      { path: '/new', head: undefined, branch: 'new' },
      { path: '/off', head: ID('b'), branch: undefined, isLocked: false },
    ]);
  });

  it('are each a party; two on one branch have two names', () => {
    const worktree = (path: string, branch?: string): Worktree => ({
      path,
      gitDir: '',
      head: ID('a'),
      branch,
      isRebasing: false,
      mergeHeads: [],
    });
    const { parties } = listParties(
      [{ name: 'refs/heads/x', id: ID('a'), target: undefined }],
      [worktree('/one', 'x'), worktree('/two', 'x'), worktree('/three')],
    );

    expect(parties.map((party) => party.name)).toEqual(['x', '/two', '/three']);
  });
});

describe('the base', () => {
  const refs = (...names: string[]) =>
    parseRefs(
      names
        .map((line) => line.split('>'))
        .map(([ref = '', target = '']) => `${ref}\0${ID('a')}\0${target}`)
        .join('\n'),
    );
  const choose = (names: string[], hints: { configured?: string; mainBranch?: string } = {}) =>
    chooseBase(refs(...names), { configured: hints.configured, mainBranch: hints.mainBranch })
      ?.name;
  const MAIN = 'refs/heads/main';
  const REMOTE = 'refs/remotes/origin/main';

  it('is the first that is there', () => {
    const other = 'refs/remotes/up/trunk';
    const head = `refs/remotes/up/HEAD>${other}`;
    expect(choose([MAIN, REMOTE, other, head], { configured: 'origin/main' })).toBe(REMOTE);
    expect(choose([MAIN, REMOTE, other, head], { configured: 'origin/gone' })).toBe(other);
    expect(choose([MAIN, REMOTE])).toBe(REMOTE);
    expect(choose(['refs/heads/master', MAIN])).toBe(MAIN);
    expect(choose(['refs/heads/a', 'refs/heads/b'], { mainBranch: 'b' })).toBe('refs/heads/b');
    expect(choose(['refs/heads/a', 'refs/heads/b'])).toBeUndefined();
  });

  it('has its counterpart here by its name, without the remote’s', () => {
    const all = refs('refs/heads/team/x', 'refs/remotes/origin/team/x');
    expect(all[1] && findCounterpart(all, all[1])?.name).toBe('refs/heads/team/x');
    expect(all[0] && findCounterpart(all, all[0])).toBeUndefined();
  });
});

describe('a git that only looks', () => {
  it('has the programs of its config taken from it, and nothing else', () => {
    const settings = withoutPrograms([
      'filter.a.b.clean',
      'merge.x.driver',
      'merge.renames',
      'user.name',
    ]);

    expect(Object.fromEntries(settings)).toEqual({
      'filter.a.b.clean': '',
      'filter.a.b.process': '',
      'filter.a.b.required': 'false',
      'merge.x.driver': 'git merge-file --quiet %A %O %B',
    });
  });

  it('keeps the settings that its environment has', () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'a.b', GIT_CONFIG_VALUE_0: 'c' };

    expect(withSettings(env, [['d.e', 'f']])).toEqual({
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'a.b',
      GIT_CONFIG_VALUE_0: 'c',
      GIT_CONFIG_KEY_1: 'd.e',
      GIT_CONFIG_VALUE_1: 'f',
    });
  });
});
