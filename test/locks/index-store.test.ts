import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnGrant, listPossibleHolders, resolveActor } from '../../src/guard/actor.ts';
import { judge } from '../../src/guard/judge.ts';
import { Undecided } from '../../src/kit/errors.ts';
import { comparePath } from '../../src/kit/paths.ts';
import { readGrants } from '../../src/locks/index-store.ts';
import { listActive } from '../../src/locks/ledger.ts';
import { lockFileName, serialiseGrant, toRecord } from '../../src/locks/record.ts';
import { runs } from '../effort.ts';
import { changeOf, policyOf } from '../guard/question.ts';
import { type FakeClock, HOUR } from '../kit/fake-clock.ts';
import type { MemoryFiles } from '../kit/memory-files.ts';
import { claimsOn, grantOf, handWritten } from './build.ts';
import { CLONE, createTestStore, PLACES } from './store.ts';

/** More than are read without an index. */
const CROWD = 40;
const HOLDERS = ['ann', 'bob', 'codex', 'codex/task-1'];
const SCOPES = [
  'src/a.ts',
  'src/',
  'docs/',
  'glob:src/**/*.ts',
  'glob:{src,docs}/*',
  'glob:app/[id]/page.ts',
  'regex:^src/(?:a|b)\\.ts$',
  'regex:^.*x$',
  'read!docs/guide.md',
  'Ünï/',
];
const PATHS = [
  'src/a.ts',
  'src/deep/b.ts',
  'docs/guide.md',
  'app/[id]/page.ts',
  'x',
  'ünï/x',
  'Ünï/a',
];

/** Others that hold what nobody asks about; `at` is also their token. */
const crowdOf = (at: number) =>
  grantOf({
    holder: `other-${at}`,
    id: `crowd-${at}`,
    token: at + 1,
    claims: claimsOn(`far/${at}/`),
  });

const place = (file: string): string => `${PLACES.locks}/${file}`;

/** What the guard asks, as it asks it. */
const judgeBy = (
  files: MemoryFiles,
  clock: FakeClock,
  { paths, env }: { paths: readonly string[]; env: Record<string, string> },
) => {
  const signs = { as: undefined, env, email: 'ann', findBound: () => undefined };
  const keys = paths.map((path) => comparePath(path, CLONE.rule));
  const ledger = readGrants({ files, clock }, CLONE, {
    paths: keys,
    ...listPossibleHolders(signs),
  });
  const actor = resolveActor({ ...signs, grants: listActive(ledger) });
  const findings = judge({
    changes: paths.map((path) => changeOf(path)),
    actor,
    ledger,
    policy: policyOf({ configured: false }),
    proposedProblems: [],
    prefix: '',
  });
  const own = ledger.grants.filter((grant) => isOwnGrant(grant, actor)).map(({ file }) => file);
  return { findings, own };
};

const setUp = async () => {
  const { clock, files, open } = createTestStore();
  const write = (grant: ReturnType<typeof grantOf>) =>
    files.put(place(lockFileName(grant)), serialiseGrant(grant));
  for (let at = 0; at < CROWD; at += 1) write(crowdOf(at));
  /** As if the index were far behind: it is written anew. */
  const refresh = () => {
    files.remove(PLACES.index);
    return open().read();
  };
  await refresh();
  return { clock, files, open, write, refresh };
};

const pick = <T>(list: readonly T[]) => fc.constantFrom(...list);

const change = fc.oneof(
  fc.record({
    kind: fc.constant('enter' as const),
    holder: pick(HOLDERS),
    id: fc.nat(1),
    rev: fc.nat(2),
    scopes: fc.uniqueArray(pick(SCOPES), { minLength: 1, maxLength: 3 }),
    session: fc.option(pick(['s1', 's2']), { nil: undefined }),
    life: pick([HOUR, -HOUR]),
  }),
  fc.record({
    kind: fc.constant('by-hand' as const),
    name: fc.nat(2),
    holder: pick(HOLDERS),
    scopes: fc.uniqueArray(pick(SCOPES), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('leave' as const), at: fc.nat(60) }),
  fc.record({ kind: fc.constant('spoil' as const), name: fc.nat(2) }),
  fc.record({ kind: fc.constant('refresh' as const) }),
);

type Change = Parameters<Parameters<typeof change.map>[0]>[0];

const apply = async (test: Awaited<ReturnType<typeof setUp>>, done: Change): Promise<void> => {
  const { files, clock, write, refresh } = test;
  if (done.kind === 'refresh') await refresh();
  if (done.kind === 'enter') {
    const { holder, id, rev, scopes, session, life } = done;
    const about = session === undefined ? {} : { session };
    const expiresAt = clock.now() + life;
    const claims = claimsOn(...scopes);
    const fields = {
      holder,
      id: `${holder.replace('/', '-')}-${id}`,
      rev,
      about,
      expiresAt,
      claims,
    };
    // A record never changes under its name.
    const grant = grantOf(fields);
    if (files.read(place(lockFileName(grant)), 1e6).kind === 'gone') write(grant);
  }
  if (done.kind === 'by-hand') {
    const grant = handWritten({ holder: done.holder, claims: claimsOn(...done.scopes) });
    files.put(place(`hand-${done.name}.lock`), JSON.stringify(toRecord(grant)), clock.now() - HOUR);
  }
  if (done.kind === 'spoil') files.put(place(`hand-${done.name}.lock`), '{', clock.now() - HOUR);
  if (done.kind === 'leave') {
    const names = files.list(PLACES.locks);
    files.remove(place(names[done.at % names.length] ?? ''));
  }
};

describe('a verdict with the index of lock files', () => {
  it('is the verdict without it, whatever has changed since', async () => {
    let blocked = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 8 }),
        fc.array(change, { maxLength: 8 }),
        fc.uniqueArray(pick(PATHS), { minLength: 1, maxLength: 3 }),
        pick([{}, { LEASEHOLD_HOLDER: 'bob' }, { CODEX_THREAD_ID: 's1' }]),
        async (before, after, paths, env) => {
          const test = await setUp();
          for (const done of before) await apply(test, done);
          await test.refresh();
          for (const done of after) await apply(test, done);
          const { files, clock } = test;
          const withIndex = judgeBy(files, clock, { paths, env });
          files.remove(PLACES.index);
          const without = judgeBy(files, clock, { paths, env });
          expect(withIndex).toEqual(without);
          blocked += without.findings.length > 0 ? 1 : 0;
        },
      ),
      runs(75),
    );
    expect(blocked).toBeGreaterThan(50);
  });

  it('is made from the records where the index is spoiled, wherever it is', async () => {
    const { files, clock, write, refresh } = await setUp();
    write(grantOf({ holder: 'zoe', claims: claimsOn('src/') }));
    await refresh();
    const { [PLACES.index]: text = '' } = files.all();
    const told = new Set<string>();
    for (let at = 0; at < text.length; at += 5) {
      for (const spoiled of [`${text.slice(0, at)}0${text.slice(at + 1)}`, text.slice(0, at)]) {
        files.put(PLACES.index, spoiled);
        const { findings } = judgeBy(files, clock, { paths: ['src/a.ts'], env: {} });
        told.add(findings.map(({ rule }) => rule).join());
      }
    }
    expect([...told]).toEqual(['lock/held']);
  });

  it('is made from the highest revision, which may have given up what an earlier one has', async () => {
    const { files, clock, write, refresh } = await setUp();
    write(grantOf({ holder: 'zoe', claims: claimsOn('src/') }));
    write(grantOf({ holder: 'zoe', claims: claimsOn('docs/'), rev: 2 }));
    await refresh();
    const tell = (path: string) =>
      judgeBy(files, clock, { paths: [path], env: {} }).findings.map(({ rule }) => rule);
    expect([tell('src/a.ts'), tell('docs/a.md')]).toEqual([[], ['lock/held']]);
    // An earlier one that the index does not know.
    write(grantOf({ holder: 'zoe', claims: claimsOn('app/'), rev: 0 }));
    expect(tell('app/a.ts')).toEqual([]);
  });

  it('reads the records that are near, not the others', async () => {
    const { files, clock, write, refresh } = await setUp();
    const near = grantOf({ claims: claimsOn('src/') });
    write(near);
    await refresh();
    files.calls.length = 0;

    const { findings } = judgeBy(files, clock, { paths: ['src/a.ts'], env: {} });

    const read = files.calls.filter(
      ({ name, path }) => name.startsWith('read') && path.startsWith(PLACES.locks),
    );
    expect(read.map(({ path }) => path)).toEqual([PLACES.index, place(lockFileName(near))]);
    expect(findings).toMatchObject([{ rule: 'lock/held', holder: 'codex' }]);
  });

  it('is made from all records where there is no index, or one of another clone', async () => {
    const { files, clock } = await setUp();
    const { [PLACES.index]: text = '' } = files.all();
    const countReads = (): number => {
      files.calls.length = 0;
      judgeBy(files, clock, { paths: ['src/a.ts'], env: {} });
      return files.calls.filter(({ path }) => path.startsWith(`${PLACES.locks}/`)).length;
    };
    const known = countReads();
    files.put(PLACES.index, text.replace('index 1 0', 'index 1 1'));
    const folded = countReads();
    files.remove(PLACES.index);
    expect([known, folded, countReads()]).toEqual([1, CROWD, CROWD]);
  });
});

describe('the index of lock files', () => {
  const writesOf = (files: MemoryFiles): number =>
    files.calls.filter(({ name, path }) => name === 'create' && path.startsWith(PLACES.drafts))
      .length;

  it('is not written for a few records', async () => {
    const { files, open } = createTestStore();
    files.put(place(lockFileName(grantOf())), serialiseGrant(grantOf()));
    await open().read();
    expect(Object.keys(files.all())).not.toContain(PLACES.index);
  });

  it('follows a change at a time only where many have come together', async () => {
    const { files, write, open } = await setUp();
    const first = writesOf(files);
    write(grantOf({ id: 'one' }));
    await open().read();
    const second = writesOf(files);
    for (let at = 0; at < CROWD; at += 1) write(grantOf({ id: `more-${at}` }));
    await open().read();
    expect([first, second, writesOf(files)]).toEqual([1, 1, 2]);
  });

  it('is replaced in one step: no reader finds half of it', async () => {
    const { files } = await setUp();
    const calls = files.calls.filter(({ path }) => path === PLACES.index).map(({ name }) => name);
    expect(calls).toEqual(['remove', 'readBytes']);
  });

  it('is passed over where it cannot be written', async () => {
    const { files, refresh } = await setUp();
    files.before = ({ name, path }) => {
      if (name !== 'create' || !path.startsWith(PLACES.drafts)) return;
      throw new Undecided('store-unwritable', 'the disk is full', 'free some disk space');
    };
    const { grants } = await refresh();
    expect([grants.length, files.read(PLACES.index, 1).kind]).toEqual([CROWD, 'gone']);
  });
});
