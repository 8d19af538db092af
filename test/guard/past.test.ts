import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/guard/changes.ts';
import { FAMILIES, judge } from '../../src/guard/judge.ts';
import { LOCK_RULES } from '../../src/guard/lock-rules.ts';
import {
  findNamedCover,
  listLater,
  type Past,
  type Rival,
  readPast,
} from '../../src/guard/past.ts';
import { RANGE_LOCK_RULES } from '../../src/guard/past-rules.ts';
import type { CommitChange } from '../../src/guard/range.ts';
import { createHistory, type Ledger, type StoredGrant } from '../../src/locks/index.ts';
import { NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, ledgerOf, RULE } from '../locks/build.ts';
import { actorOf, changeOf, policyOf } from './question.ts';

const COMMIT = 'c'.repeat(40);

const commitOf = (fields: Partial<CommitChange> = {}): CommitChange => ({
  commit: COMMIT,
  email: 'codex@example.com',
  name: 'Codex',
  parents: ['0'.repeat(40)],
  isRoot: false,
  isMerge: false,
  trailers: { grants: [{ id: 'old', token: 3 }], malformed: [], bypass: undefined },
  changes: [changeOf('src/a.ts')],
  ...fields,
});

/** codex's grant under which the commit was made; it has ended since. */
const OLD = grantOf({
  holder: 'codex',
  id: 'old',
  token: 3,
  about: { email: 'codex@example.com' },
  expiresAt: NOW - 1,
});
const LATER = grantOf({ holder: 'ann', id: 'later', token: 5 });

const historyOf = (...grants: StoredGrant[]) => createHistory(ledgerOf({ grants }), []);

const pastOf = (commit: Partial<CommitChange> = {}, ...grants: StoredGrant[]): Past =>
  readPast(commitOf(commit), historyOf(OLD, ...grants), RULE);

describe('what a commit names', () => {
  it.each([
    ['its committer’s by the e-mail that it was claimed with', { name: 'x' }, OLD],
    ['its committer’s by name', { email: undefined, name: 'codex' }, OLD],
    [
      'a person’s, whose name is the e-mail',
      { email: 'p@example.com' },
      grantOf({ ...OLD, holder: 'p@example.com', about: {} }),
    ],
  ])('counts where the grant is %s', (_, committer, grant) => {
    const past = readPast(commitOf(committer), historyOf(grant), RULE);
    expect(past.grants.map(({ id }) => id)).toEqual(['old']);
    expect(past.refused).toEqual([]);
  });

  it.each([
    ['another’s', { email: 'bob@example.com' }, 'it is not its committer’s'],
    [
      'somebody’s, and nobody committed',
      { email: undefined, name: '' },
      'it is not its committer’s',
    ],
    [
      'unknown',
      { trailers: { grants: [{ id: 'x', token: 3 }], malformed: [], bypass: undefined } },
      'there never was such a grant here',
    ],
    [
      'known, and its token is not',
      { trailers: { grants: [{ id: 'old', token: 4 }], malformed: [], bypass: undefined } },
      'there never was such a grant here',
    ],
    [
      'malformed',
      { trailers: { grants: [], malformed: ['x'], bypass: undefined } },
      'it names no grant',
    ],
  ])('is refused where the grant is %s', (_, fields, reason) => {
    const past = pastOf(fields);
    expect(past.grants).toEqual([]);
    expect(past.refused.map((one) => one.reason)).toEqual([reason]);
  });

  it('covers a path by the latest of its grants, and by writes alone', () => {
    const newer = grantOf({ ...OLD, id: 'newer', token: 9, claims: claimsOn('src/a.ts') });
    const reads = grantOf({ ...OLD, id: 'reads', token: 12, claims: claimsOn('read!src/a.ts') });
    const named = ['old', 'newer', 'reads'].map((id, index) => ({
      id,
      token: [3, 9, 12][index] ?? 0,
    }));
    const past = pastOf(
      { trailers: { grants: named, malformed: [], bypass: undefined } },
      newer,
      reads,
    );
    expect(findNamedCover(past, 'src/a.ts')?.id).toBe('newer');
    expect(findNamedCover(past, 'src/b.ts')?.id).toBe('old');
    expect(findNamedCover(past, 'docs/b.md')).toBeUndefined();
  });

  it.each([
    ['a later write of another’s', LATER, ['later']],
    ['not an earlier one', { ...LATER, token: 2 }, []],
    ['not one of the same holder’s', { ...LATER, holder: 'codex' }, []],
    ['not one on other paths', { ...LATER, claims: claimsOn('src/b.ts') }, []],
    ['not one that reads', { ...LATER, claims: claimsOn('read!src/') }, []],
  ])('may be outrun by %s', (_, grant, ids) => {
    expect(listLater(pastOf({}, grant), historyOf(OLD, grant)).map(({ id }) => id)).toEqual(ids);
  });

  it('is outrun by nothing where it names nothing', () => {
    const past = pastOf({ trailers: { grants: [], malformed: ['x'], bypass: undefined } });
    expect(listLater(past, historyOf(OLD, LATER))).toEqual([]);
  });
});

const tell = (
  past: Past,
  ledger: Partial<Ledger> = {},
  paths: readonly (string | Change)[] = ['src/a.ts'],
): string[] =>
  judge(
    {
      changes: paths.map((path) => (typeof path === 'string' ? changeOf(path) : path)),
      actor: actorOf({ holder: 'codex', source: 'grant', email: 'codex@example.com' }),
      ledger: ledgerOf(ledger),
      policy: policyOf(),
      proposedProblems: [],
      prefix: '',
      past,
    },
    FAMILIES.map((rules) => (rules === LOCK_RULES ? RANGE_LOCK_RULES : rules)),
  ).map(({ severity, rule, path }) => `${severity} ${rule} ${path}`);

const rivalOf = (fields: Partial<Rival> = {}): Rival => ({
  grant: { ...LATER, token: 5 },
  commit: 'd'.repeat(40),
  target: 'e'.repeat(40),
  paths: new Set(['src/a.ts']),
  ...fields,
});

describe('a commit of the past', () => {
  it('passes under a grant that has ended, where nobody came after', () => {
    expect(tell(pastOf())).toEqual([]);
    expect(tell(pastOf(), { grants: [OLD] })).toEqual([]);
  });

  it.each([
    ['holds it now by a later grant', { grants: [LATER] }, []],
    ['has had it since, and the target has their commit', {}, [rivalOf()]],
  ])('is stale where another %s', (_, ledger, rivals) => {
    expect(tell({ ...pastOf(), rivals }, ledger)).toEqual(['error lock/stale-token src/a.ts']);
  });

  it.each([
    ['a commit on another path', rivalOf({ paths: new Set(['src/b.ts']) })],
    ['a commit under an earlier grant', rivalOf({ grant: { ...LATER, token: 2 } })],
  ])('is not stale by %s', (_, rival) => {
    expect(tell({ ...pastOf(), rivals: [rival] })).toEqual([]);
  });

  it('is stale where it moves a submodule in which another holds something now by a later grant', () => {
    const move = { ...changeOf('src/sub'), isTree: true };
    const held = (token: number, scope: string) =>
      grantOf({ ...LATER, token, claims: claimsOn(scope) });
    const tellMove = (grant: StoredGrant) => tell(pastOf(), { grants: [grant] }, [move]);
    expect(tellMove(held(5, 'src/sub/a.ts'))).toEqual(['error lock/stale-token src/sub']);
    expect([held(2, 'src/sub/a.ts'), held(5, 'read!src/sub/a.ts')].map(tellMove)).toEqual([[], []]);
  });

  it('is judged on what it does not name by what binds now', () => {
    const held = grantOf({ holder: 'ann', id: 'other', token: 2, claims: claimsOn('docs/') });
    const changes = [changeOf('src/a.ts'), changeOf('docs/a.md')];
    expect(tell(pastOf({ changes }), { grants: [held] }, ['src/a.ts', 'docs/a.md'])).toEqual([
      'error lock/held docs/a.md',
    ]);
  });

  it('is bad where a name of it is refused, and where none of its grants covers a path', () => {
    const bad = { grants: [], malformed: ['x'], bypass: undefined };
    expect(tell(pastOf({ trailers: bad }))).toEqual(['error lock/bad-grant src/a.ts']);
    const elsewhere = pastOf({ changes: [changeOf('docs/a.md')] });
    expect(tell(elsewhere, {}, ['docs/a.md'])).toEqual(['error lock/bad-grant docs/a.md']);
  });

  it('says a refused name once where other names cover all of it', () => {
    const trailers = { grants: [{ id: 'old', token: 3 }], malformed: ['x'], bypass: undefined };
    const changes = [changeOf('src/a.ts'), changeOf('src/b.ts')];
    expect(tell(pastOf({ trailers, changes }), {}, ['src/a.ts', 'src/b.ts'])).toEqual([
      'error lock/bad-grant src/a.ts',
    ]);
  });

  it('is judged on a covered path by later grants alone, whatever else there is', () => {
    const others = fc.array(
      fc.record({
        holder: fc.constantFrom('ann', 'codex', 'bob'),
        token: fc.integer({ min: 1, max: 8 }),
        claims: fc
          .constantFrom('src/', 'src/a.ts', 'src/b.ts', 'read!src/', 'glob:src/*.ts')
          .map((scope) => claimsOn(scope)),
        expiresAt: fc.constantFrom(NOW - 1, NOW + 1),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(others, (list) => {
        const grants = list.map((fields, index) => grantOf({ ...fields, id: `g${index}` }));
        const isRival = ({ holder, token = 0, claims, expiresAt }: StoredGrant) =>
          holder !== 'codex' &&
          token > 3 &&
          expiresAt > NOW &&
          claims.some(({ scope, mode }) => mode !== 'read' && scope !== 'src/b.ts');
        expect(tell(pastOf(), { grants })).toEqual(
          grants.some(isRival) ? ['error lock/stale-token src/a.ts'] : [],
        );
      }),
    );
  });
});
