import { describeInstant, formatInstant } from '../kit/clock.ts';
import { quoteForeign, quoteName } from '../kit/quote.ts';
import { type EndedGrant, precedes, type StoredGrant } from '../locks/index.ts';
import type { Actor } from './actor.ts';
import { isNearMiss } from './names.ts';
import { claimCommand, conflictsCommand } from './remedy.ts';
import type { Rule } from './rule.ts';
import { coveredByAny, findCover, type Subject, type World } from './subject.ts';

const tellTask = ({ about }: StoredGrant): string =>
  about.task === undefined ? '' : `, task ${quoteForeign(about.task)}`;

const tellNearMiss = (holder: string, { holder: own }: Actor): string =>
  own === undefined || !isNearMiss(own, holder)
    ? ''
    : ` (you are ${quoteName(own)}: holders compare exactly)`;

/** A grant that conflicts with an older one, which only hand-writing can bring about, does not bind its holder. */
const isOutranked = (other: StoredGrant, { own, key }: Subject): boolean =>
  own.some((grant) => findCover(grant, key, 'write') !== undefined && precedes(grant, other));

/** Other holders' active grants that write (or read) the path, or what it stands for. */
export const listOthers = (
  { change, key, others }: Subject,
  { binds, question }: World,
  wanted: 'write' | 'read',
): readonly StoredGrant[] =>
  change.isTree
    ? question.ledger.below(key, wanted).filter(binds)
    : others.filter((grant) => findCover(grant, key, wanted));

const createHeldBy =
  (wanted: 'write' | 'read', verb: string, wish: string): Rule['find'] =>
  (subject, world) => {
    const { now, question } = world;
    const grant = listOthers(subject, world, wanted).find((other) => !isOutranked(other, subject));
    return (
      grant && {
        message: `${quoteName(grant.holder)} ${verb} ${findCover(grant, subject.key, wanted) ? 'it' : 'what lies in it'}${wish} until ${describeInstant(grant.expiresAt, now)}${tellTask(grant)}${tellNearMiss(grant.holder, question.actor)}`,
        remedy: conflictsCommand(subject.path, question.prefix),
        holder: grant.holder,
        grant: grant.id,
        expires_at: formatInstant(grant.expiresAt),
      }
    );
  };

/** How it came that somebody else has had the path. */
const tellEnding = ({ how, by, grant, reason }: EndedGrant, world: World): string => {
  if (how === 'forced') {
    const why = reason === undefined ? '' : `, reason ${quoteForeign(reason)}`;
    return `${quoteName(by)} ended your grant on it by force${why}`;
  }
  return `your grant ran out at ${describeInstant(grant.expiresAt, world.now)} and ${quoteName(by)} has had the path since`;
};

const findTakenOver: Rule['find'] = (subject, world) => {
  if (subject.ownWrite) return undefined;
  const note = world.ownEnded.find(
    ({ grant, taken }) =>
      findCover(grant, subject.key, 'write') !== undefined && coveredByAny(taken, subject.key),
  );
  if (!note) return undefined;
  return {
    message: `${tellEnding(note, world)}: look at what changed, then claim it again`,
    remedy: claimCommand([subject.path], world.question.prefix),
    holder: note.by,
    grant: note.grant.id,
  };
};

const findExpired: Rule['find'] = (subject, world) => {
  if (subject.ownWrite) return undefined;
  const ranOut = world.ownEnded.filter((note) => note.how === 'taken-over');
  const ended = [...world.ownExpired, ...ranOut.map((note) => note.grant)];
  const grant = ended.find((held) => findCover(held, subject.key, 'write'));
  return (
    grant && {
      message: `your grant ran out at ${describeInstant(grant.expiresAt, world.now)}; nobody has taken it`,
      remedy: claimCommand([subject.path], world.question.prefix),
      grant: grant.id,
      expires_at: formatInstant(grant.expiresAt),
    }
  );
};

const findOutsideGrant: Rule['find'] = (subject, world) => {
  if (world.ownActive.length === 0 || subject.ownWrite) return undefined;
  return {
    message: `it lies outside what ${quoteName(world.question.actor.holder ?? '')} holds`,
    remedy: claimCommand([subject.path], world.question.prefix),
  };
};

const findRequired: Rule['find'] = (subject, world) => {
  if (!coveredByAny(world.requireLock, subject.key) || subject.ownWrite) return undefined;
  return {
    message: 'it may be changed only under a lock (guard.requireLock)',
    remedy: claimCommand([subject.path], world.question.prefix),
  };
};

/** In the order in which they are preferred. */
export const LOCK_RULES: readonly Rule[] = [
  { rule: 'lock/held', find: createHeldBy('write', 'holds', '') },
  { rule: 'lock/read-held', find: createHeldBy('read', 'reads', ' and wants it unchanged') },
  { rule: 'lock/taken-over', find: findTakenOver },
  { rule: 'lock/expired', find: findExpired },
  { rule: 'lock/outside-grant', find: findOutsideGrant },
  { rule: 'lock/required', find: findRequired },
];
