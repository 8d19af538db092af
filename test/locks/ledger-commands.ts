import fc from 'fast-check';
import { expect } from 'vitest';
import { type ClaimOutcome, decideClaim } from '../../src/locks/claim.ts';
import { decideExtend, type ExtendOutcome } from '../../src/locks/extend.ts';
import { decideForce } from '../../src/locks/force.ts';
import type { Claim, Mode } from '../../src/locks/grant.ts';
import { type Decide, type Ledger, listActive, type StoredGrant } from '../../src/locks/ledger.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import { scopeCovers } from '../../src/locks/scope.ts';
import type { Changed, Store } from '../../src/locks/store.ts';
import { type FakeClock, MINUTE, SECOND } from '../kit/fake-clock.ts';
import { claimOn } from './build.ts';
import * as naive from './naive-model.ts';
import { type Model, SCOPES, type Ticket, UNIVERSE, type Wanted } from './naive-model.ts';

/** The ledger under test: the pure decisions, carried out by a store. */
export type Real = {
  store: Store;
  clock: FakeClock;
  /** Grants as somebody saw them last. */
  seen: Map<string, StoredGrant>;
  token: number;
};

type Command = fc.AsyncCommand<Model, Real>;

const MODES: Mode[] = ['read', 'write', 'doc-write'];
const COMPILED = new Map(
  SCOPES.flatMap((scope) =>
    MODES.map((mode): [string, Claim] => [`${mode}!${scope}`, claimOn(scope, mode)]),
  ),
);

const compile = ({ scope, mode }: Wanted): Claim => {
  const claim = COMPILED.get(`${mode}!${scope}`);
  if (!claim) throw new Error(`${scope} is none of the scopes`);
  return claim;
};

const compileScopes = (scope: string | undefined): Claim[] | undefined =>
  scope === undefined ? undefined : [compile({ scope, mode: 'write' })];

const readRights = (ledger: Ledger): string[] =>
  listActive(ledger).flatMap(({ holder, claims, expiresAt }) =>
    claims.flatMap(({ compiled, mode }) =>
      UNIVERSE.filter((path) => scopeCovers(compiled, path)).map(
        (path) => `${path} ${mode} ${holder} ${expiresAt}`,
      ),
    ),
  );

/** Where one holder may write, no other may do anything. */
const findUnsafe = (rights: readonly string[]): string | undefined => {
  const lines = rights.map((line) => line.split(' '));
  return UNIVERSE.find((path) => {
    const here = lines.filter(([where]) => where === path);
    const holders = new Set(here.map(([, , holder]) => holder));
    return holders.size > 1 && here.some(([, mode]) => mode !== 'read');
  });
};

const inOrder = (lines: readonly string[]): string => [...new Set(lines)].sort().join('\n');

/** After each command: the same rights on every path, the same grants and the same queue, and all of it safe. */
const compare = async (model: Model, { store }: Real): Promise<void> => {
  const ledger = await store.read();
  const rights = readRights(ledger);
  expect(inOrder(rights)).toBe(inOrder(naive.listRights(model)));
  expect(findUnsafe(rights)).toBeUndefined();
  expect(inOrder(ledger.grants.map(({ id, rev }) => `${id} ${rev}`))).toBe(
    inOrder(model.held.map(({ id, rev }) => `${id} ${rev}`)),
  );
  expect(ledger.waiting.map(({ id }) => id).join()).toBe(
    naive
      .listPresent(model)
      .map(({ id }) => id)
      .join(),
  );
};

const createCommand = (
  text: string,
  run: (model: Model, real: Real) => Promise<void>,
  check: (model: Readonly<Model>) => boolean = () => true,
): Command => ({
  check,
  toString: () => text,
  run: async (model, real) => {
    await run(model, real);
    await compare(model, real);
  },
});

/** Runs a decision; the token of what enters under it is higher than all before. */
const change = async <T>(real: Real, decide: Decide<T>): Promise<Changed<T>> => {
  const changed = await real.store.change(decide);
  const { entered } = changed;
  if (entered) expect(entered.token).toBeGreaterThan(real.token);
  real.token = entered?.token ?? real.token;
  return changed;
};

type Answer = { answer: string; takenOver: string[] };

const answerOf = (outcome: ClaimOutcome | ExtendOutcome): Answer => {
  if (outcome.granted) {
    const answer = 'renewed' in outcome && outcome.renewed ? 'renewed' : 'granted';
    return { answer, takenOver: outcome.takenOver.map(({ id }) => id).sort() };
  }
  const refused = 'reason' in outcome ? outcome.reason : 'denied';
  return { answer: outcome.waiting ? 'waiting' : refused, takenOver: [] };
};

const expectAnswer = (outcome: ClaimOutcome | ExtendOutcome, expected: Answer): void => {
  expect(answerOf(outcome)).toEqual({ ...expected, takenOver: expected.takenOver.sort() });
};

type Request = { holder: string; claims: Wanted[]; ttl: number; separate: boolean };

/** Claims, in the model and in the ledger; a ticket waits. */
const claim = async (
  model: Model,
  real: Real,
  request: Request,
  ticket?: Ticket,
): Promise<void> => {
  const id = `g-${model.known.length + 1}`;
  const claims = request.claims.map(compile);
  const waiter = ticket && { ticket: { ...ticket, claims } };
  const { outcome, entered } = await change(
    real,
    decideClaim({ ...request, claims, id, about: {}, ...waiter }),
  );
  const claiming = { ...request, id, ...(ticket ? { ticket } : {}) };
  expectAnswer(outcome, naive.claim(model, claiming, entered?.id));
};

const tell = (claims: readonly Wanted[]): string =>
  claims.map(({ scope, mode }) => `${mode}!${scope}`).join(' ');

const tellRequest = ({ claims, ttl, separate }: Request): string =>
  `${tell(claims)} for ${ttl / SECOND} s${separate ? ', apart' : ''}`;

const claimCommand = (request: Request): Command =>
  createCommand(`${request.holder} claims ${tellRequest(request)}`, (model, real) =>
    claim(model, real, request),
  );

const waitCommand = ({ timeout, ...request }: Request & { timeout: number }): Command =>
  createCommand(
    `${request.holder} waits ${timeout / SECOND} s to claim ${tellRequest(request)}`,
    (model, real) => {
      model.ticketCount += 1;
      const { holder, claims } = request;
      const id = `t-${model.ticketCount}`;
      const until = model.now + timeout;
      const ticket = { id, holder, claims, since: model.now, until, beatAt: model.now };
      return claim(model, real, request, ticket);
    },
  );

type Pick = { pick: number };

/** Counted from the end, where what came last is. */
const pickFrom = <T>(list: readonly T[], pick: number): T => {
  const picked = list.at(-1 - (pick % Math.max(1, list.length)));
  if (picked === undefined) throw new Error('there is nothing to pick from');
  return picked;
};

/** Of all grants that there ever were; those that are still there are at the end. */
const pickGrant = ({ known, held }: Model, pick: number): { id: string; holder: string } => {
  const gone = known.filter(({ id }) => !held.some((grant) => grant.id === id));
  return pickFrom([...gone, ...held], pick);
};

const hasKnown = ({ known }: Readonly<Model>): boolean => known.length > 0;

/** A ticket beats by asking again; one that has died meanwhile comes back to its place. */
const askAgainCommand = ({ pick, ttl }: Pick & { ttl: number }): Command =>
  createCommand(
    `waiter -${pick + 1} asks again`,
    (model, real) => {
      const ticket = pickFrom(model.tickets, pick);
      const { holder, claims } = ticket;
      return claim(model, real, { holder, claims, ttl, separate: false }, ticket);
    },
    ({ tickets }) => tickets.length > 0,
  );

/** `by` is who tries it; undefined is whose it is. */
type Picked = Pick & { by: string | undefined };

const tellPicked = ({ pick, by }: Picked): string => `${by ?? 'its holder'} on grant -${pick + 1}:`;

const renewCommand = ({ ttl, ...picked }: Picked & { ttl: number }): Command =>
  createCommand(
    `${tellPicked(picked)} renew for ${ttl / SECOND} s`,
    async (model, real) => {
      const { id, holder } = pickGrant(model, picked.pick);
      const by = picked.by ?? holder;
      const { outcome } = await change(real, decideRenew(id, by, ttl));
      expect(outcome.renewed ? 'renewed' : outcome.reason).toBe(naive.renew(model, id, by, ttl));
    },
    hasKnown,
  );

const extendCommand = ({ claims, ...picked }: Picked & { claims: Wanted[] }): Command =>
  createCommand(
    `${tellPicked(picked)} extend by ${tell(claims)}`,
    async (model, real) => {
      const { id, holder } = pickGrant(model, picked.pick);
      const by = picked.by ?? holder;
      const request = { id, holder: by, claims: claims.map(compile) };
      const { outcome } = await change(real, decideExtend(request));
      expectAnswer(outcome, naive.extend(model, id, by, claims));
    },
    hasKnown,
  );

type Part = { scope: string | undefined };

const releaseCommand = ({ scope, ...picked }: Picked & Part): Command =>
  createCommand(
    `${tellPicked(picked)} release ${scope ?? 'all'}`,
    async (model, real) => {
      const { id, holder } = pickGrant(model, picked.pick);
      const by = picked.by ?? holder;
      const { outcome } = await change(real, decideRelease(id, by, compileScopes(scope)));
      expect(outcome.released).toBe(naive.release(model, id, by, scope));
    },
    hasKnown,
  );

const lookCommand: Command = createCommand('somebody looks', async (model, real) => {
  for (const grant of (await real.store.read()).grants) real.seen.set(grant.id, grant);
  for (const { id, rev } of model.held) model.seen.set(id, rev);
});

const forceCommand = ({ pick, by, scope }: Pick & { by: string } & Part): Command =>
  createCommand(
    `${by} ends ${scope ?? 'all'} of seen grant -${pick + 1}`,
    async (model, real) => {
      const seen = pickFrom([...real.seen.values()], pick);
      const scopes = compileScopes(scope);
      const request = { seen, by, reason: 'urgent', id: `f-${real.token}` };
      const { outcome } = await change(
        real,
        decideForce({ ...request, ...(scopes ? { scopes } : {}) }),
      );
      const answer = outcome.forced === 'none' ? outcome.reason : outcome.forced;
      expect(answer).toBe(naive.force(model, seen.id, scope));
    },
    ({ seen }) => seen.size > 0,
  );

const passCommand = (time: number): Command =>
  createCommand(`${time / SECOND} s pass`, async (model, { clock }) => {
    model.now += time;
    clock.advance(time);
  });

const holder = fc.constantFrom('ann', 'bob', 'codex');
const scope = fc.constantFrom(...SCOPES);
const claims = fc.array(fc.record({ scope, mode: fc.constantFrom(...MODES) }), {
  minLength: 1,
  maxLength: 2,
});
const ttl = fc.constantFrom(MINUTE, 3 * MINUTE);
const separate = fc.oneof(
  { weight: 5, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);
const timeout = fc.constantFrom(8 * SECOND, 5 * MINUTE);
const pick = fc.nat(3);
/** Mostly whoever's the grant is. */
const by = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: holder },
);
const part = fc.option(scope, { nil: undefined, freq: 2 });

/** Half a ticket's life, and lengths that add up to the end of a grant to the millisecond. */
const time = fc.constantFrom(5 * SECOND, 5 * SECOND, MINUTE, 3 * MINUTE - 5 * SECOND);

/** What comes several times comes more often: without grants there is nothing to do. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 3 }, () =>
    fc.record({ holder, claims, ttl, separate }).map(claimCommand),
  ),
  ...Array.from({ length: 2 }, () =>
    fc.record({ holder, claims, ttl, separate, timeout }).map(waitCommand),
  ),
  fc.record({ pick, ttl }).map(askAgainCommand),
  fc.record({ pick, by, ttl }).map(renewCommand),
  fc.record({ pick, by, claims }).map(extendCommand),
  fc.record({ pick, by, scope: part }).map(releaseCommand),
  fc.constant(lookCommand),
  fc.record({ pick, by: holder, scope: part }).map(forceCommand),
  ...Array.from({ length: 2 }, () => time.map(passCommand)),
];
