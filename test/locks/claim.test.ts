import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { type ClaimOutcome, type ClaimRequest, decideClaim } from '../../src/locks/claim.ts';
import { claimsConflict } from '../../src/locks/conflict.ts';
import type { Ledger, Plan, StoredGrant } from '../../src/locks/ledger.ts';
import { DAY, HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, noteOf, pendingOf, waiterOf } from './build.ts';

const requestOf = (fields: Partial<ClaimRequest> = {}): ClaimRequest => ({
  holder: 'bob',
  claims: claimsOn('src/a.ts'),
  ttl: HOUR,
  id: 'new',
  about: {},
  ...fields,
});

type Decided = { outcome: ClaimOutcome; plan: Plan };

const decide = (ledger: Partial<Ledger>, request: Partial<ClaimRequest> = {}) =>
  decideClaim(requestOf(request))(ledgerOf(ledger));
const decided = (ledger: Partial<Ledger>, request: Partial<ClaimRequest> = {}): Decided => {
  const decision = decide(ledger, request);
  if ('again' in decision || !decision.plan) throw new Error('nothing was decided');
  return { outcome: decision.outcome, plan: decision.plan };
};
const conflictsOf = ({ outcome }: Decided): string[] =>
  outcome.granted
    ? []
    : outcome.conflicts.map(
        ({ claim, grant, heldClaim }) => `${claim.scope}: ${grant.holder} holds ${heldClaim.scope}`,
      );

describe('a claim that nobody is in the way of', () => {
  it('is granted, for as long as it asks', () => {
    const { outcome, plan } = decided({}, { about: { task: 'Port it' } });
    expect({ outcome, add: plan.add }).toEqual({
      outcome: { granted: true, renewed: false, takenOver: [] },
      add: {
        holder: 'bob',
        id: 'new',
        rev: 1,
        token: undefined,
        lockedAt: NOW,
        expiresAt: NOW + HOUR,
        claims: claimsOn('src/a.ts'),
        about: { task: 'Port it' },
      },
    });
  });

  it('is told in the log', () => {
    expect(decided({}).plan.events).toMatchObject([
      { event: 'claimed', holder: 'bob', grant: 'new', scopes: [{ scope: 'src/a.ts' }] },
    ]);
  });

  it('is granted beside a grant on other paths', () => {
    const grants = [grantOf({ claims: claimsOn('docs/') })];
    expect(decided({ grants }).outcome.granted).toBe(true);
  });
});

describe("another holder's active grant", () => {
  it('denies a claim on what it covers', () => {
    expect(conflictsOf(decided({ grants: [grantOf()] }))).toEqual(['src/a.ts: codex holds src/']);
  });

  it('denies all of a claim of which only one scope is in its way', () => {
    const denied = decided(
      { grants: [grantOf()] },
      { claims: claimsOn('docs/', 'src/a.ts', 'test/') },
    );
    expect(denied.plan).toEqual({ events: [expect.objectContaining({ event: 'denied' })] });
  });

  it('is named once for each scope that meets it, with every other that is met', () => {
    const grants = [grantOf(), grantOf({ holder: 'ann', claims: claimsOn('glob:docs/*.md') })];
    const denied = decided({ grants }, { claims: claimsOn('src/a.ts', 'docs/', 'free') });
    expect(conflictsOf(denied)).toEqual([
      'src/a.ts: codex holds src/',
      'docs/: ann holds glob:docs/*.md',
    ]);
  });

  it('is told in the log as who denied it', () => {
    const { plan } = decided({ grants: [grantOf(), grantOf({ holder: 'ann' })] });
    expect(plan.events).toMatchObject([{ event: 'denied', holder: 'bob', by: 'codex, ann' }]);
  });

  it.each([
    ['read', 'read', true],
    ['read', 'write', false],
    ['write', 'read', false],
    ['write', 'write', false],
    ['doc-write', 'read', false],
    ['read', 'doc-write', false],
    ['doc-write', 'doc-write', false],
  ])('in %s lets a claim in %s through: %s', (held, asked, granted) => {
    const grants = [grantOf({ claims: claimsOn(`${held}!src/a.ts`) })];
    const { outcome } = decided({ grants }, { claims: claimsOn(`${asked}!src/a.ts`) });
    expect(outcome.granted).toBe(granted);
  });

  it('denies to the last millisecond before its expiry', () => {
    const grants = [grantOf({ expiresAt: NOW + 1 })];
    expect(decided({ grants }).outcome.granted).toBe(false);
  });

  it('denies by its name exactly: another case is another holder', () => {
    const grants = [grantOf({ holder: 'Bob' })];
    expect(decided({ grants }).outcome.granted).toBe(false);
  });

  it('denies where it was written by hand too', () => {
    expect(decided({ grants: [handWritten()] }).outcome.granted).toBe(false);
  });
});

describe("the holder's own grants", () => {
  it('are never in the way', () => {
    const grants = [grantOf({ holder: 'bob' })];
    const { outcome } = decided({ grants }, { claims: claimsOn('src/', 'docs/') });
    expect(outcome).toEqual({ granted: true, renewed: false, takenOver: [] });
  });

  it('that have it all already are renewed under a new revision', () => {
    const held = grantOf({ holder: 'bob' });
    const { outcome, plan } = decided({ grants: [held] });
    expect(outcome).toEqual({ granted: true, renewed: true, takenOver: [] });
    expect(plan.add).toMatchObject({ id: held.id, rev: 2, expiresAt: NOW + HOUR });
  });

  it('that have it all are renewed even where somebody wrote a lock across them by hand', () => {
    const grants = [grantOf({ holder: 'bob' }), handWritten({ holder: 'ann' })];
    expect(decided({ grants }).outcome).toMatchObject({ granted: true, renewed: true });
  });

  it('that only read what is to be written are no reason to renew', () => {
    const grants = [grantOf({ holder: 'bob', claims: claimsOn('read!src/') })];
    expect(decided({ grants }).outcome).toMatchObject({ granted: true, renewed: false });
  });

  it('that write what is to be read have it all', () => {
    const grants = [grantOf({ holder: 'bob' })];
    const { outcome } = decided({ grants }, { claims: claimsOn('read!src/a.ts') });
    expect(outcome).toMatchObject({ renewed: true });
  });

  it('that were written by hand are not rewritten: a grant of ours comes beside them', () => {
    const { plan } = decided({ grants: [handWritten({ holder: 'bob' })] });
    expect(plan).toMatchObject({ add: { id: 'new', rev: 1 } });
    expect(plan.predecessor).toBeUndefined();
  });

  it('that ran out and that the new one has all of are replaced', () => {
    const old = grantOf({ holder: 'bob', expiresAt: NOW, claims: claimsOn('src/a.ts') });
    const earlier = { ...old, rev: 0, file: 'earlier.lock' };
    const { plan } = decided({ grants: [old], superseded: [earlier] });
    expect(plan.remove).toEqual(['earlier.lock', old.file]);
    expect(plan.events.map(({ event }) => event)).toEqual(['expired', 'claimed']);
  });

  it('that ran out and held more than is asked for stay, so that their rest is told', () => {
    const old = grantOf({ holder: 'bob', expiresAt: NOW });
    expect(decided({ grants: [old] }).plan.remove).toEqual([]);
  });

  it('that ran out are not renewed', () => {
    const old = grantOf({ holder: 'bob', expiresAt: NOW });
    expect(decided({ grants: [old] }).outcome).toMatchObject({ renewed: false });
  });
});

describe('an expired grant of another holder', () => {
  it('is taken over at its expiry exactly', () => {
    const old = grantOf({ expiresAt: NOW });
    const { outcome, plan } = decided({ grants: [old] });
    expect(outcome).toEqual({ granted: true, renewed: false, takenOver: [old] });
    expect(plan.takeOver).toEqual([old]);
  });

  it('is told in the log by whoever ends it: the claim tells of itself alone', () => {
    const { plan } = decided({ grants: [grantOf({ expiresAt: NOW })] });
    expect(plan.events.map(({ event, holder }) => [event, holder])).toEqual([['claimed', 'bob']]);
  });

  it('stays where nothing of it is asked for', () => {
    const grants = [grantOf({ expiresAt: NOW, claims: claimsOn('docs/') })];
    expect(decided({ grants }).plan.takeOver).toEqual([]);
  });

  it('stays where both only read', () => {
    const grants = [grantOf({ expiresAt: NOW, claims: claimsOn('read!src/') })];
    const { plan } = decided({ grants }, { claims: claimsOn('read!src/') });
    expect(plan.takeOver).toEqual([]);
  });

  it('that was written by hand is taken over once: its note tells so', () => {
    const old = handWritten({ expiresAt: NOW });
    const note = noteOf({ ...old });
    expect(decided({ grants: [old], ended: [note] }).plan.takeOver).toEqual([]);
  });

  it('is not taken over by a claim that is denied', () => {
    const grants = [grantOf({ expiresAt: NOW }), grantOf({ holder: 'ann' })];
    expect(decided({ grants }).plan.takeOver).toBeUndefined();
  });
});

describe('a claim on its way in', () => {
  const theirs = grantOf({ token: 8, file: 'pending.lock' });

  it('that lives is never gone past', () => {
    expect(decide({ pending: [pendingOf(theirs)] })).toEqual({ again: true });
  });

  it('that is dead is cleared away', () => {
    expect(decided({ pending: [pendingOf(theirs, false)] }).plan.clear).toEqual(['pending.lock']);
  });

  it('that cannot be read is in everybody’s way while it lives', () => {
    expect(decide({ pending: [pendingOf(undefined)] })).toEqual({ again: true });
  });

  it('that cannot be read and is dead is cleared away', () => {
    expect(decided({ pending: [pendingOf(undefined, false)] }).plan.clear).toEqual([
      'pending.lock',
    ]);
  });

  it('on other paths is nobody’s business', () => {
    const pending = [pendingOf(grantOf({ claims: claimsOn('docs/') }))];
    expect(decided({ pending }).plan.clear).toEqual([]);
  });

  it('of the same holder is not in the way', () => {
    const pending = [pendingOf(grantOf({ holder: 'bob' }))];
    expect(decided({ pending }).outcome.granted).toBe(true);
  });

  it('does not keep a denial waiting', () => {
    const decision = decided({
      grants: [grantOf({ holder: 'ann' })],
      pending: [pendingOf(theirs)],
    });
    expect(decision.outcome.granted).toBe(false);
  });

  it('with a revision of the very grant makes its renewal wait', () => {
    const held = grantOf({ holder: 'bob' });
    const pending = [pendingOf({ ...held, rev: 2 })];
    expect(decide({ grants: [held], pending })).toEqual({ again: true });
  });
});

describe('a lock file that cannot be read', () => {
  it('keeps everybody from being granted anything, and is named', () => {
    const unreadable = [{ file: 'torn.lock', reason: 'it is empty' }];
    expect(() => decide({ unreadable })).toThrow(
      expect.objectContaining({
        code: 'lock-unreadable',
        message: 'the lock file torn.lock cannot be read: it is empty',
        remedy: 'leasehold doctor --fix',
      }),
    );
  });

  it('keeps a renewal from being granted too', () => {
    const unreadable = [{ file: 'torn.lock', reason: 'it is empty' }];
    expect(() => decide({ unreadable, grants: [grantOf({ holder: 'bob' })] })).toThrow(Undecided);
  });
});

describe('the notes of ended grants', () => {
  it('are settled by a claim of their holder on all that they held', () => {
    const note = noteOf({ holder: 'bob', claims: claimsOn('src/a.ts') }, 'ann');
    expect(decided({ ended: [note] }).plan.forget).toEqual([note.file]);
  });

  it('are settled by a claim of their holder on what another has had of it', () => {
    const note = { ...noteOf({ holder: 'bob' }, 'ann'), taken: claimsOn('src/a.ts') };
    expect(decided({ ended: [note] }).plan.forget).toEqual([note.file]);
  });

  it('are followed by another where one more has had a part', () => {
    const note = { ...noteOf({ holder: 'ann' }), taken: claimsOn('src/b.ts') };
    expect(decided({ ended: [note] }).plan.notify?.endings.map(({ grant }) => grant)).toEqual([
      note.grant,
    ]);
  });

  it('are not followed by another that tells no more', () => {
    const note = { ...noteOf({ holder: 'ann' }), taken: claimsOn('src/') };
    expect(decided({ ended: [note] }).plan.notify?.endings).toEqual([]);
  });

  it('stay where their holder claims only a part', () => {
    const note = noteOf({ holder: 'bob' }, 'ann');
    expect(decided({ ended: [note] }).plan.forget).toEqual([]);
  });

  it('stay where somebody else claims', () => {
    const note = noteOf({ holder: 'ann', claims: claimsOn('src/a.ts') });
    expect(decided({ ended: [note] }).plan.forget).toEqual([]);
  });

  it.each([
    [7 * DAY, []],
    [7 * DAY + 1, ['kept']],
  ])('are forgotten a week after: %i ms', (age, expected) => {
    const note = { ...noteOf({ holder: 'ann' }), file: 'kept', endedAt: NOW - age };
    expect(decided({ ended: [note] }).plan.forget).toEqual(expected);
  });
});

describe('a claim with a ticket', () => {
  const ticket = waiterOf({ holder: 'bob', claims: claimsOn('src/a.ts') });

  it('waits while another is in its way, and writes nothing meanwhile', () => {
    const grants = [grantOf()];
    const { outcome, plan } = decided({ grants }, { ticket });
    expect(outcome).toMatchObject({ granted: false, waiting: true });
    expect(plan).toEqual({ wait: ticket, events: [] });
  });

  it('names what it waits for, as a denial does', () => {
    const waited = decided({ grants: [grantOf()] }, { ticket });
    expect(conflictsOf(waited)).toEqual(['src/a.ts: codex holds src/']);
  });

  it.each([
    [1, true],
    [0, false],
    [-1, false],
  ])('%i ms before its time is over still waits: %s', (left, waiting) => {
    const late = { ...ticket, until: NOW + left };
    expect(decided({ grants: [grantOf()] }, { ticket: late }).outcome).toMatchObject({ waiting });
  });

  it('that waited in vain is denied with one event, and leaves the queue', () => {
    const late = { ...ticket, until: NOW };
    const { plan } = decided({ grants: [grantOf()] }, { ticket: late });
    expect(plan).toEqual({
      leave: ticket.id,
      events: [expect.objectContaining({ event: 'denied', holder: 'bob', by: 'codex' })],
    });
  });

  it('leaves the queue when it is granted', () => {
    expect(decided({}, { ticket }).plan).toMatchObject({ add: { id: 'new' }, leave: ticket.id });
  });

  it('is granted in its last moment too, where nobody is in its way', () => {
    const late = { ...ticket, until: NOW };
    expect(decided({}, { ticket: late }).outcome.granted).toBe(true);
  });

  it('leaves the queue where its holder has it all already, which is renewed', () => {
    const grants = [grantOf({ holder: 'bob' })];
    const { outcome, plan } = decided({ grants }, { ticket });
    expect([outcome, plan.leave]).toMatchObject([{ renewed: true }, ticket.id]);
  });

  it('never goes past a claim on its way in', () => {
    const pending = [pendingOf(grantOf({ file: 'pending.lock' }))];
    expect(decide({ pending }, { ticket })).toEqual({ again: true });
  });

  it('that would close a circle is denied at once, which is named', () => {
    const grants = [grantOf(), grantOf({ holder: 'bob', claims: claimsOn('docs/') })];
    const waiting = [waiterOf({ holder: 'codex', claims: claimsOn('docs/'), since: NOW - HOUR })];
    const { outcome, plan } = decided({ grants, waiting }, { ticket });
    expect(outcome).toMatchObject({ waiting: false, cycle: ['bob', 'codex', 'bob'] });
    expect(plan).toMatchObject({ leave: ticket.id, events: [{ event: 'denied' }] });
  });

  it('waits behind whoever came before, and not behind whoever came after', () => {
    const behind = (since: number) => {
      const waiting = [waiterOf({ since })];
      return decided({ waiting }, { ticket }).outcome;
    };
    expect(behind(ticket.since - 1)).toMatchObject({ waiting: true, ahead: [{ holder: 'ann' }] });
    expect(behind(ticket.since + 1)).toMatchObject({ granted: true });
  });

  it('does not wait for its own ticket, nor for another of its holder', () => {
    const earlier = waiterOf({ holder: 'bob', id: 'earlier', since: NOW - HOUR });
    expect(decided({ waiting: [earlier, ticket] }, { ticket }).outcome.granted).toBe(true);
  });
});

describe('a claim without a ticket', () => {
  it('is denied where it is a waiter’s turn, who is named and told in the log', () => {
    const { outcome, plan } = decided({ waiting: [waiterOf()] });
    expect(outcome).toMatchObject({ waiting: false, conflicts: [], ahead: [{ holder: 'ann' }] });
    expect(plan).toEqual({ events: [expect.objectContaining({ event: 'denied', by: 'ann' })] });
  });

  it('never stands in the queue', () => {
    const { plan } = decided({ grants: [grantOf()] });
    expect([plan.wait, plan.leave]).toEqual([undefined, undefined]);
  });

  it('overtakes a waiter whose turn it is not, until they have waited long', () => {
    const grants = [grantOf({ claims: claimsOn('docs/') })];
    const claims = claimsOn('src/', 'docs/');
    const isGranted = (age: number): boolean => {
      const waiter = waiterOf({ claims, since: NOW - age, until: NOW - age + HOUR });
      return decided({ grants, waiting: [waiter] }).outcome.granted;
    };
    expect([isGranted(10 * MINUTE - 1), isGranted(10 * MINUTE)]).toEqual([true, false]);
  });

  it('names each who is in its way once, whether they hold or wait', () => {
    const grants = [grantOf(), grantOf({ holder: 'ann', claims: claimsOn('docs/') })];
    const waiting = [waiterOf({ since: NOW - 3 * MINUTE, until: NOW + MINUTE })];
    const { plan } = decided({ grants, waiting }, { claims: claimsOn('src/a.ts', 'docs/') });
    expect(plan.events).toMatchObject([{ event: 'denied', by: 'codex, ann' }]);
  });

  it('on what its holder has already is granted before those who wait for it', () => {
    const grants = [grantOf({ holder: 'bob' })];
    const waiting = [waiterOf({ since: NOW - HOUR })];
    const claims = claimsOn('src/', 'test/');
    expect(decided({ grants, waiting }, { claims }).outcome.granted).toBe(true);
    expect(decided({ grants, waiting }).outcome).toMatchObject({ renewed: true });
  });

  it('does not keep those out who wait for what it would take from them beside that', () => {
    const grants = [grantOf({ holder: 'bob' })];
    const waiting = [waiterOf({ claims: claimsOn('docs/') })];
    const { outcome } = decided({ grants, waiting }, { claims: claimsOn('src/', 'docs/') });
    expect(outcome).toMatchObject({ granted: false, ahead: [{ holder: 'ann' }] });
  });
});

describe('a claim that wants a grant of its own', () => {
  const grants = [grantOf({ holder: 'bob' })];

  it('gets one beside the grant that has it all already', () => {
    const { outcome, plan } = decided({ grants }, { separate: true });
    expect(outcome).toMatchObject({ granted: true, renewed: false });
    expect(plan).toMatchObject({ add: { id: 'new', rev: 1 }, remove: [] });
  });

  it('does not wait behind those who wait for what its holder has', () => {
    const waiting = [waiterOf({ since: NOW - HOUR })];
    expect(decided({ grants, waiting }, { separate: true }).outcome.granted).toBe(true);
  });
});

describe('in any ledger', () => {
  const scopes = fc.constantFrom('src/', 'src/a.ts', 'src/b.ts', 'read!src/', 'read!src/a.ts');
  const claims = fc.array(scopes, { minLength: 1, maxLength: 2 }).map((all) => claimsOn(...all));
  const holders = fc.constantFrom('ann', 'bob', 'codex');
  const clash = (grant: Pick<StoredGrant, 'claims'>, wanted: StoredGrant['claims']): boolean =>
    wanted.some((one) => grant.claims.some((other) => claimsConflict(one, other)));

  /** As it can be without hand-writing: no two that bind conflict. */
  const grants = fc
    .array(fc.record({ holder: holders, claims, isOver: fc.boolean() }), { maxLength: 4 })
    .map((wanted) => {
      const given: StoredGrant[] = [];
      for (const { isOver, ...fields } of wanted) {
        const isFree = given.every(
          (grant) =>
            grant.holder === fields.holder ||
            grant.expiresAt === NOW ||
            !clash(grant, fields.claims),
        );
        const expiresAt = NOW + (isOver ? 0 : HOUR);
        if (isOver || isFree) given.push(grantOf({ ...fields, expiresAt, id: `g${given.length}` }));
      }
      return given;
    });
  const waiting = fc.array(
    fc.record({ holder: holders, claims }).map((fields) => waiterOf(fields)),
    { maxLength: 2 },
  );

  it('a claim is granted where nobody waits, and no grant of another conflicts with it', () => {
    fc.assert(
      fc.property(grants, claims, (list, wanted) => {
        const isInTheWay = list.some(
          (grant) => grant.holder !== 'bob' && grant.expiresAt > NOW && clash(grant, wanted),
        );
        expect(decided({ grants: list }, { claims: wanted }).outcome.granted).toBe(!isInTheWay);
      }),
      { numRuns: 300 },
    );
  });

  it('nothing is granted that a grant of another conflicts with, whoever waits', () => {
    fc.assert(
      fc.property(grants, waiting, claims, fc.boolean(), (list, queue, wanted, isWaiting) => {
        const ticket = waiterOf({ holder: 'bob', id: 'z', claims: wanted });
        const request = { claims: wanted, ...(isWaiting ? { ticket } : {}) };
        const { outcome } = decided({ grants: list, waiting: queue }, request);
        const inTheWay = list.filter(
          (grant) => grant.holder !== 'bob' && grant.expiresAt > NOW && clash(grant, wanted),
        );
        if (outcome.granted) expect(inTheWay).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('whoever is not granted either waits in silence or is denied with one event', () => {
    fc.assert(
      fc.property(grants, waiting, claims, fc.boolean(), (list, queue, wanted, isWaiting) => {
        const ticket = waiterOf({ holder: 'bob', id: 'z', claims: wanted });
        const request = { claims: wanted, ...(isWaiting ? { ticket } : {}) };
        const { outcome, plan } = decided({ grants: list, waiting: queue }, request);
        if (outcome.granted) return;
        expect(plan.events.map(({ event }) => event)).toEqual(outcome.waiting ? [] : ['denied']);
        expect(plan.wait).toEqual(outcome.waiting ? ticket : undefined);
        expect(plan.add).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
