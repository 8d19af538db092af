import { join } from 'node:path';
import type { Claim, Grant, StoredGrant } from '../../src/locks/index.ts';
import { isExpired } from '../../src/locks/index.ts';
import { HOUR, MINUTE, SECOND } from '../kit/fake-clock.ts';
import { claimsOn } from './build.ts';
import type { Scenario } from './explorer.ts';
import type { Report } from './properties.ts';
import type { Actor, Script } from './simulation.ts';
import { PLACES } from './store.ts';

const scopesOf = (claims: readonly Claim[]): string[] => claims.map(({ scope }) => scope);

const promise = (told: string, grant: Grant): Report => ({
  told,
  id: grant.id,
  scopes: scopesOf(grant.claims),
  until: grant.expiresAt,
  rev: grant.rev,
});

type Denied = { conflicts: readonly { grant: StoredGrant; heldClaim: Claim }[] };

const denial = ({ conflicts }: Denied): Report => ({
  told: 'denied',
  because: conflicts.map(({ grant, heldClaim }) => ({
    id: grant.id,
    scope: heldClaim.scope,
  })),
});

type ClaimOptions = { scopes?: readonly string[]; id?: string; ttl?: number };

/** `holder` claims, `src/` unless told otherwise, under the grant id `g-<holder>`. */
const claim =
  (
    holder: string,
    { scopes = ['src/'], id = `g-${holder}`, ttl = HOUR }: ClaimOptions = {},
  ): Script =>
  async (engine, store) => {
    const request = { holder, claims: claimsOn(...scopes), ttl, id, about: {} };
    const { outcome, entered } = await store.change(engine.decideClaim(request));
    if (!outcome.granted) return denial(outcome);
    return promise('granted', entered as Grant);
  };

const renew =
  (holder: string): Script =>
  async (engine, store) => {
    const { outcome } = await store.change(engine.decideRenew(`g-${holder}`, holder, HOUR));
    if (outcome.renewed) return promise('renewed', outcome.grant);
    return { told: outcome.reason, id: `g-${holder}` };
  };

const extend =
  (holder: string, ...scopes: string[]): Script =>
  async (engine, store) => {
    const request = { id: `g-${holder}`, holder, claims: claimsOn(...scopes) };
    const { outcome } = await store.change(engine.decideExtend(request));
    if (outcome.granted) return promise('extended', outcome.grant);
    return 'reason' in outcome ? { told: outcome.reason, id: request.id } : denial(outcome);
  };

/** `holder` gives its grant back, or these scopes of it. */
const release =
  (holder: string, ...scopes: string[]): Script =>
  async (engine, store) => {
    const id = `g-${holder}`;
    const part = scopes.length > 0 ? claimsOn(...scopes) : undefined;
    const { outcome } = await store.change(engine.decideRelease(id, holder, part));
    if (outcome.released === 'none') return { told: outcome.reason, id };
    const told = outcome.released === 'all' ? 'released' : 'given back in part';
    return { told, id, scopes: scopesOf(outcome.claims), rev: outcome.grant.rev };
  };

/** Somebody looks at the grant of `holder`, and ends what they saw, or these scopes of it. */
const force =
  (by: string, holder: string, ...scopes: string[]): Script =>
  async (engine, store) => {
    const id = `g-${holder}`;
    const seen = (await store.read()).grants.find((grant) => grant.id === id);
    if (!seen) return { told: 'gone', id };
    const part = scopes.length > 0 ? { scopes: claimsOn(...scopes) } : {};
    const request = { seen, ...part, by, reason: 'away', id: `f-${by}` };
    const { outcome } = await store.change(engine.decideForce(request));
    if (outcome.forced === 'none') return { told: outcome.reason, id };
    const told = outcome.forced === 'all' ? 'ended by force' : 'given back in part';
    return { told, id, scopes: scopesOf(outcome.claims), rev: outcome.grant.rev };
  };

/** Somebody reads the ledger. */
const read: Script = async (_, store) => {
  const { grants, pending, now } = await store.read();
  const listed = (claims: readonly Claim[], isRead: boolean) =>
    scopesOf(claims.filter(({ mode }) => (mode === 'read') === isRead));
  return {
    told: 'read',
    saw: grants
      .filter((grant) => !isExpired(grant, now))
      .map(({ id, holder, claims }) => ({
        id,
        holder,
        writes: listed(claims, false),
        reads: listed(claims, true),
      })),
    sawPending: pending.flatMap((claim) => claim.grant?.id ?? []),
  };
};

/** Somebody deletes the records of a grant by hand, as they see them. */
const deleteByHand =
  (holder: string): Script =>
  async (_engine, _store, files) => {
    for (const name of files.list(PLACES.locks)) files.remove(join(PLACES.locks, name));
    return { told: 'deleted', id: `g-${holder}` };
  };

/** One after the other; tells what the last one tells. */
const inTurn =
  (...scripts: readonly Script[]): Script =>
  async (...ports) => {
    let report: Report = { told: 'nothing' };
    for (const script of scripts) report = await script(...ports);
    return report;
  };

const times = (count: number, script: Script): Script =>
  inTurn(...Array<Script>(count).fill(script));

const ends = (holder: string, name: string, run: Script): Actor => ({
  name,
  run,
  ends: `g-${holder}`,
});

const ANN_CLAIMS: Actor = { name: 'a', run: claim('ann') };
const BOB_CLAIMS: Actor = { name: 'b', run: claim('bob') };
const CYD_CLAIMS: Actor = { name: 'c', run: claim('cyd') };
const ANN_RENEWS: Actor = { name: 'r', run: renew('ann') };
const ANN_RENEWS_TOO: Actor = { name: 's', run: renew('ann') };
const ANN_RELEASES = ends('ann', 'e', release('ann'));
const ANN_GIVES_BACK_SRC = ends('ann', 'p', release('ann', 'src/'));
const ANN_EXTENDS: Actor = { name: 'x', run: extend('ann', 'src/') };
const ANN_EXTENDS_TOO: Actor = { name: 'y', run: extend('ann', 'lib/') };
const BOB_FORCES = ends('ann', 'f', force('bob', 'ann'));
const CYD_FORCES = ends('ann', 'g', force('cyd', 'ann'));
const BOB_FORCES_SRC = ends('ann', 'h', force('bob', 'ann', 'src/'));
const READER: Actor = { name: 'l', run: read, reads: true };

const annHasSrc = claim('ann');
const annHasDocs = claim('ann', { scopes: ['docs/'] });
const annHasBoth = claim('ann', { scopes: ['docs/', 'src/'] });
const annHasSrcBriefly = claim('ann', { ttl: 30 * SECOND });

/** Longer than a claim may be on its way in, and shorter than any grant lasts. */
const PAST_PENDING = { jumps: 1, jump: 2 * MINUTE };
/** Longer than any grant lasts. */
const PAST_EXPIRY = { jumps: 1, jump: 2 * HOUR };
/** Longer than a brief grant lasts, and shorter than a claim may be on its way in. */
const PAST_BRIEF_EXPIRY = { jumps: 1, jump: 45 * SECOND };

const last = claim('zoe', { scopes: ['src/', 'docs/', 'lib/'] });

export const SCENARIOS: Record<string, Scenario> = {
  'two claims': { actors: [ANN_CLAIMS, BOB_CLAIMS], last },
  'two claims, one of which may be parked until it is taken for dead': {
    actors: [ANN_CLAIMS, BOB_CLAIMS],
    ...PAST_PENDING,
    last,
  },
  'two claims, one of which may die, over an expiry': {
    actors: [ANN_CLAIMS, BOB_CLAIMS],
    ...PAST_EXPIRY,
    crashes: 1,
    last,
  },
  'a claim, and a claim that is given back at once': {
    actors: [ANN_CLAIMS, ends('bob', 'b', inTurn(claim('bob'), release('bob')))],
    last,
  },
  'a claim, and one who claims again what they gave back': {
    actors: [
      ANN_CLAIMS,
      ends('bob', 'b', inTurn(claim('bob'), release('bob'), claim('bob', { id: 'g-bob-again' }))),
    ],
    last,
  },
  'a claim to read, and a claim to write': {
    actors: [{ name: 'a', run: claim('ann', { scopes: ['read!src/'] }) }, BOB_CLAIMS],
    last,
  },
  'two claims of one holder': {
    actors: [ANN_CLAIMS, { name: 'b', run: claim('ann', { id: 'g-too' }) }],
    last,
  },

  'a renewal and a claim, over an expiry': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, BOB_CLAIMS],
    ...PAST_EXPIRY,
    last,
  },
  'a renewal and a claim, over an expiry within the life of a claim': {
    prepare: annHasSrcBriefly,
    actors: [ANN_RENEWS, BOB_CLAIMS],
    ...PAST_BRIEF_EXPIRY,
    last,
  },
  'a renewal and a claim, one of which may die, over an expiry': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, BOB_CLAIMS],
    ...PAST_EXPIRY,
    crashes: 1,
    last,
  },
  'two renewals of one grant': { prepare: annHasSrc, actors: [ANN_RENEWS, ANN_RENEWS_TOO], last },
  'a renewal and a claim of one holder': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, { name: 'b', run: claim('ann', { id: 'g-too' }) }],
    last,
  },
  'a renewal and a claim of one holder, over an expiry': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, { name: 'b', run: claim('ann', { id: 'g-too' }) }],
    ...PAST_EXPIRY,
    last,
  },
  'a renewal, and a record that is deleted by hand': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, ends('ann', 'd', deleteByHand('ann'))],
    last,
  },

  'a release and a renewal': { prepare: annHasSrc, actors: [ANN_RENEWS, ANN_RELEASES], last },
  'a release and a renewal, one of which may die': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, ANN_RELEASES],
    crashes: 1,
    last,
  },
  'a release and a claim, one of which may die': {
    prepare: annHasSrc,
    actors: [ANN_RELEASES, BOB_CLAIMS],
    crashes: 1,
    last,
  },
  'two releases of one grant': {
    prepare: annHasSrc,
    actors: [ANN_RELEASES, ends('ann', 'E', release('ann'))],
    last,
  },
  'a release of a part, and a claim of it, one of which may die': {
    prepare: annHasBoth,
    actors: [ANN_GIVES_BACK_SRC, BOB_CLAIMS],
    crashes: 1,
    last,
  },
  'a release of a part and a renewal': {
    prepare: annHasBoth,
    actors: [ANN_GIVES_BACK_SRC, ANN_RENEWS],
    last,
  },
  'a release of a part and of the whole': {
    prepare: annHasBoth,
    actors: [ANN_GIVES_BACK_SRC, ANN_RELEASES],
    last,
  },
  'a claim of what was given back before, and a release of the rest': {
    prepare: inTurn(annHasBoth, release('ann', 'src/')),
    actors: [ANN_RELEASES, BOB_CLAIMS],
    last,
  },
  'a release, where a part has gone to another holder after nine revisions': {
    prepare: inTurn(annHasBoth, times(8, renew('ann')), release('ann', 'src/'), claim('bob')),
    actors: [READER, ANN_RELEASES],
    crashes: 1,
    last,
  },

  'an extension and a claim of the same': {
    prepare: annHasDocs,
    actors: [ANN_EXTENDS, BOB_CLAIMS],
    last,
  },
  'an extension and a claim of the same, one of which may die, over an expiry': {
    prepare: annHasDocs,
    actors: [ANN_EXTENDS, { name: 'b', run: claim('bob', { scopes: ['docs/', 'src/'] }) }],
    ...PAST_EXPIRY,
    crashes: 1,
    last,
  },
  'two extensions from reading to writing': {
    prepare: inTurn(
      claim('ann', { scopes: ['read!src/'] }),
      claim('bob', { scopes: ['read!src/'] }),
    ),
    actors: [ANN_EXTENDS, { name: 'y', run: extend('bob', 'src/') }],
    last,
  },
  'an extension from reading to writing, and a claim to read': {
    prepare: claim('ann', { scopes: ['read!src/'] }),
    actors: [ANN_EXTENDS, { name: 'b', run: claim('bob', { scopes: ['read!src/'] }) }],
    last,
  },
  'an extension and a release': { prepare: annHasDocs, actors: [ANN_EXTENDS, ANN_RELEASES], last },
  'an extension and a release of a part': {
    prepare: annHasBoth,
    actors: [ANN_EXTENDS_TOO, ANN_GIVES_BACK_SRC],
    last,
  },
  'two extensions of one grant': {
    prepare: annHasDocs,
    actors: [ANN_EXTENDS, ANN_EXTENDS_TOO],
    last,
  },

  'a force and a renewal': { prepare: annHasSrc, actors: [BOB_FORCES, ANN_RENEWS], last },
  'a force and a renewal, one of which may die': {
    prepare: annHasSrc,
    actors: [BOB_FORCES, ANN_RENEWS],
    crashes: 1,
    last,
  },
  'a force and a renewal, after nine revisions': {
    prepare: inTurn(annHasSrc, times(8, renew('ann'))),
    actors: [BOB_FORCES, ANN_RENEWS],
    last,
  },
  'a force and a release': { prepare: annHasSrc, actors: [BOB_FORCES, ANN_RELEASES], last },
  'a force and a claim, over an expiry': {
    prepare: annHasSrc,
    actors: [BOB_FORCES, CYD_CLAIMS],
    ...PAST_EXPIRY,
    last,
  },
  'a force and an extension': { prepare: annHasDocs, actors: [BOB_FORCES, ANN_EXTENDS], last },
  'a force of a part and a renewal': {
    prepare: annHasBoth,
    actors: [BOB_FORCES_SRC, ANN_RENEWS],
    last,
  },
  'a force of a part, and a claim of it, one of which may die': {
    prepare: annHasBoth,
    actors: [BOB_FORCES_SRC, CYD_CLAIMS],
    crashes: 1,
    last,
  },
  'two forces, each of which ends where it would back off': {
    prepare: annHasSrc,
    actors: [BOB_FORCES, CYD_FORCES],
    attempts: 1,
    last,
  },

  'a reader and a renewal': { prepare: annHasSrc, actors: [READER, ANN_RENEWS], last },
  'a reader and two renewals in a row': {
    prepare: annHasSrc,
    actors: [READER, { name: 'r', run: inTurn(renew('ann'), renew('ann')) }],
    last,
  },
  'a reader and a claim': { actors: [READER, ANN_CLAIMS], last },
  'a reader and a claim, over an expiry': {
    prepare: annHasSrc,
    actors: [READER, BOB_CLAIMS],
    ...PAST_EXPIRY,
    last,
  },
  'a reader, a release and a claim': {
    prepare: annHasSrc,
    actors: [READER, ANN_RELEASES, BOB_CLAIMS],
    last,
  },
  'a reader and a release, where a part has gone to another holder': {
    prepare: inTurn(annHasBoth, release('ann', 'src/'), claim('bob')),
    actors: [READER, ANN_RELEASES],
    last,
  },
  'a reader, a release of a part and a claim of it': {
    prepare: annHasBoth,
    actors: [READER, ANN_GIVES_BACK_SRC, BOB_CLAIMS],
    last,
  },
  'a reader and a force': { prepare: annHasSrc, actors: [READER, BOB_FORCES], last },
  'a claim and two renewals in a row': {
    prepare: annHasSrc,
    actors: [BOB_CLAIMS, { name: 'r', run: inTurn(renew('ann'), renew('ann')) }],
    last,
  },

  'a claim and a renewal in a row, and a release': {
    actors: [{ name: 'r', run: inTurn(claim('ann'), renew('ann')) }, ANN_RELEASES],
    last,
  },
  'a claim and a renewal in a row, and a release, one of which may die': {
    actors: [{ name: 'r', run: inTurn(claim('ann'), renew('ann')) }, ANN_RELEASES],
    crashes: 1,
    last,
  },
  'a claim and an extension in a row, and a claim of the same': {
    actors: [
      { name: 'x', run: inTurn(claim('ann', { scopes: ['docs/'] }), extend('ann', 'src/')) },
      BOB_CLAIMS,
    ],
    last,
  },
  'a claim and a renewal in a row, and a force': {
    actors: [{ name: 'r', run: inTurn(claim('ann'), renew('ann')) }, BOB_FORCES],
    last,
  },
  'a claim and a renewal in a row, and a claim, over an expiry': {
    actors: [{ name: 'r', run: inTurn(claim('ann'), renew('ann')) }, BOB_CLAIMS],
    ...PAST_EXPIRY,
    last,
  },

  'three claims, each of which ends where it would back off': {
    actors: [ANN_CLAIMS, BOB_CLAIMS, CYD_CLAIMS],
    attempts: 1,
    last,
  },
  'three claims, with two preemptions': {
    actors: [ANN_CLAIMS, BOB_CLAIMS, CYD_CLAIMS],
    preemptions: 2,
    last,
  },
  'three claims, with three preemptions': {
    actors: [ANN_CLAIMS, BOB_CLAIMS, CYD_CLAIMS],
    preemptions: 3,
    last,
  },
  'a renewal and two claims, over an expiry, with two preemptions': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, BOB_CLAIMS, CYD_CLAIMS],
    ...PAST_EXPIRY,
    preemptions: 2,
    last,
  },
  'a renewal, a force and a claim, with three preemptions': {
    prepare: annHasSrc,
    actors: [ANN_RENEWS, BOB_FORCES, CYD_CLAIMS],
    preemptions: 3,
    last,
  },
};
