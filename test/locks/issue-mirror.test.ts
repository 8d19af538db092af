import { describe, expect, it } from 'vitest';
import { type LockBody, parseBody, renderBody, renderTitle } from '../../src/locks/issue-body.ts';
import { readLockIssues } from '../../src/locks/issue-ledger.ts';
import {
  isSettled,
  type MirrorState,
  planMirror,
  type Shown,
} from '../../src/locks/issue-mirror.ts';
import type { Ledger } from '../../src/locks/ledger.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, ledgerOf, noteOf, RULE } from './build.ts';

const plan = (ledger: Ledger, state: Partial<MirrorState> = {}) =>
  planMirror(ledger, {
    store: 'git',
    isOwn: () => true,
    shown: [],
    handled: new Set(),
    ...state,
  });

/** What a clone remembers once these issues are there. */
const shownBy = (ledger: Ledger, first = 12): Shown[] =>
  plan(ledger).show.map(({ title: _, ...one }, at) => ({ ...one, number: first + at }));

const held = grantOf({ holder: 'ann', about: { host: 'h', email: 'a@x', task: 'Port' } });

describe('issues that show locks of another store', () => {
  it('are opened for what this clone holds, without what others may not read, and settled then', () => {
    const ledger = ledgerOf({ grants: [held, grantOf({ holder: 'ben', claims: claimsOn('b/') })] });
    const { show, close } = plan(ledger, { isOwn: ({ holder }) => holder === 'ann' });
    expect([show.map(({ id, title }) => [id, title]), close]).toEqual([
      [['id-ann', '[LOCK] src/ - Port']],
      [],
    ]);
    expect(show[0]?.text).not.toMatch(/"host"|a@x/);
    expect(isSettled(plan(ledger, { shown: shownBy(ledger) }))).toBe(true);
  });

  it('are written anew when a grant changes, and opened again where it is not known whether they were', () => {
    const shown = shownBy(ledgerOf({ grants: [held] }));
    const renewed = ledgerOf({ grants: [{ ...held, rev: 2, expiresAt: held.expiresAt + HOUR }] });
    expect(plan(renewed, { shown }).show).toMatchObject([{ id: 'id-ann', number: 12 }]);
    const lost = shown.map((one) => ({ ...one, number: undefined }));
    expect(plan(ledgerOf({ grants: [held] }), { shown: lost }).show).toHaveLength(1);
  });

  it('are closed with how the grant ended: given back, run out, by force, and that once', () => {
    const shown = shownBy(ledgerOf({ grants: [held] }));
    const ends = (ledger: Ledger, state: Partial<MirrorState> = {}) =>
      plan(ledger, { shown, ...state }).close.map(({ number, end }) => [number, end.how, end.by]);
    expect(ends(ledgerOf({}))).toEqual([[12, 'released', undefined]]);
    expect(ends(ledgerOf({ grants: [held], now: held.expiresAt }))).toEqual([
      [12, 'expired', undefined],
    ]);
    const note = { ...noteOf(held, 'ben'), how: 'forced' as const, endedAt: NOW - MINUTE };
    const ledger = ledgerOf({ ended: [note] });
    expect(ends(ledger)).toEqual([[12, 'forced', 'ben']]);
    expect(ends(ledger, { shown: [] })).toEqual([[undefined, 'forced', 'ben']]);
    expect(isSettled(plan(ledger, { handled: new Set([note.file]) }))).toBe(true);
    expect(plan(ledger, { shown }).handled).toEqual([note.file]);
  });

  it('say what they are for people and machines, and are none to a store of issues', () => {
    const { file: _, ...grant } = held;
    const body: LockBody = {
      state: 'granted',
      since: NOW,
      grant,
      copyOf: { store: 'git', token: 7 },
    };
    const text = renderBody(body);
    expect(text).toContain(
      'A copy, for people to see: what counts is in the ledger that the clones share.',
    );
    expect(parseBody(text, 99, RULE)).toMatchObject({
      body: { copyOf: { store: 'git', token: 7 }, grant: { id: 'id-ann', token: 99 } },
    });
    const issue = {
      ...{ number: 99, title: renderTitle(grant), author: 'ann', open: true, reopened: false },
      ...{ createdAt: NOW, updatedAt: NOW, closedAt: undefined, url: '', labels: [] },
    };
    const count = (more: string) =>
      readLockIssues([{ ...issue, body: more }], RULE, () => true).length;
    const { copyOf: __, ...real } = body;
    expect([count(text), count(renderBody(real))]).toEqual([0, 1]);
  });
});
