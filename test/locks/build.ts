import { listBelow } from '../../src/locks/below.ts';
import {
  type Claim,
  compileClaim,
  type Grant,
  listWrites,
  type Mode,
} from '../../src/locks/grant.ts';
import type {
  EndedGrant,
  Ledger,
  PendingClaim,
  StoredAsk,
  StoredGrant,
  Waiter,
} from '../../src/locks/ledger.ts';
import { askName } from '../../src/locks/mail.ts';
import { noteName } from '../../src/locks/note.ts';
import { compilePattern } from '../../src/locks/pattern.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';

export const RULE = { ignoreCase: false, compile: compilePattern };

/** A claim from its text; a test that gives no scope is a mistake of the test's. */
export const claimOn = (scope: string, mode: Mode = 'write', rule = RULE): Claim => {
  const claim = compileClaim(scope, mode, rule);
  if ('refused' in claim) throw new Error(`${scope}: ${claim.refused}`);
  return claim;
};

/** `src/a.ts` in `write`, or `read!src/a.ts`, `doc-write!docs/`. */
export const claimsOn = (...scopes: string[]): Claim[] =>
  scopes.map((text) => {
    const [, mode, scope] = /^(?:(read|write|doc-write)!)?(.*)$/s.exec(text) ?? [];
    return claimOn(scope ?? text, (mode ?? 'write') as Mode);
  });

/** An active grant of codex on `src/`, unless told otherwise. */
export const grantOf = (fields: Partial<StoredGrant> = {}): StoredGrant => {
  const grant: Grant = {
    holder: 'codex',
    id: `id-${fields.holder ?? 'codex'}`,
    rev: 1,
    token: 7,
    lockedAt: NOW - HOUR / 2,
    expiresAt: NOW + HOUR / 2,
    claims: claimsOn('src/'),
    about: {},
    ...fields,
  };
  return { file: `${grant.holder}.${grant.id}.${grant.rev}.lock`, ...grant, ...fields };
};

/** A record that somebody wrote by hand. */
export const handWritten = (fields: Partial<StoredGrant> = {}): StoredGrant =>
  grantOf({ token: undefined, id: fields.file ?? 'by-hand.lock', rev: 0, ...fields });

export const pendingOf = (grant: Grant | undefined, alive = true): PendingClaim => ({
  file: 'pending.lock',
  grant,
  alive,
});

/** What a take-over left for the holder of a grant that ran out. */
export const noteOf = (fields: Partial<StoredGrant> = {}, by = 'bob'): EndedGrant => {
  const grant = grantOf({ expiresAt: NOW - HOUR, ...fields });
  const file = noteName(grant, 'successor');
  return {
    file,
    grant,
    endedAt: NOW - HOUR / 2,
    how: 'taken-over',
    by,
    taken: listWrites(grant.claims),
  };
};

/** ann, who has waited for `src/` for one of her five minutes: not yet so long that nobody may overtake her. */
export const waiterOf = (fields: Partial<Waiter> = {}): Waiter => ({
  id: `ticket-${fields.holder ?? 'ann'}`,
  holder: 'ann',
  claims: claimsOn('src/'),
  since: NOW - MINUTE,
  until: NOW + 4 * MINUTE,
  ...fields,
});

/** What bob asks of codex. */
export const askOf = (fields: Partial<StoredAsk> = {}): StoredAsk => {
  const ask = {
    id: 'ask-1',
    from: 'bob',
    to: 'codex',
    claim: claimOn('src/a.ts'),
    message: 'Could I have it for ten minutes?',
    at: NOW - MINUTE,
    ...fields,
  };
  return { file: askName(ask), ...ask };
};

export const ledgerOf = (fields: Partial<Ledger> = {}): Ledger => ({
  now: NOW,
  rule: RULE,
  grants: [],
  near: () => fields.grants ?? [],
  above: () => fields.grants ?? [],
  below: (path, wanted) => listBelow(fields.grants ?? [], path, wanted),
  heldBy: (holder) => (fields.grants ?? []).filter((grant) => grant.holder === holder),
  superseded: [],
  pending: [],
  unreadable: [],
  ended: [],
  waiting: [],
  asks: [],
  ...fields,
});
