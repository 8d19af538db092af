import { quoteForeign, quoteName, shellCommand } from '../kit/quote.ts';
import { LOCK_RULES, listOthers } from './lock-rules.ts';
import { findNamedCover, type Past } from './past.ts';
import { claimCommand, conflictsCommand, MAX_PATHS, rebaseCommand } from './remedy.ts';
import type { Remark, Rule } from './rule.ts';
import type { Subject, World } from './subject.ts';

/** Made anew, each commit names the grants of whoever makes it. */
const restamp = ({ commit, isRoot }: Past): string => {
  const command = 'git rebase --force-rebase --rebase-merges';
  return isRoot ? `${command} --root` : shellCommand(command, [`${commit}^`]);
};

/** The same once whoever makes it holds what it changes. */
const claimAndRestamp = (past: Past, { changes, prefix }: World['question']): string => {
  const paths = changes.map(({ path }) => path);
  return paths.length > MAX_PATHS
    ? restamp(past)
    : `${claimCommand(paths, prefix)} && ${restamp(past)}`;
};

const coversNothing = (past: Past): boolean => !past.keys.some((key) => findNamedCover(past, key));

/** A name that is refused is told of each path that no other name covers; of the first where all are covered. */
const isToldOf = (past: Past, key: string): boolean =>
  !findNamedCover(past, key) ||
  (past.keys[0] === key && past.keys.every((one) => findNamedCover(past, one)));

const findBadGrant: Rule['find'] = ({ key }, world) => {
  const { past } = world.question;
  if (!past) return undefined;
  const [refused] = past.refused;
  if (refused && isToldOf(past, key)) {
    return {
      message: `the commit names the grant ${quoteForeign(refused.name)}, and ${refused.reason}`,
      remedy: restamp(past),
    };
  }
  const [named] = past.grants;
  if (!named || !coversNothing(past)) return undefined;
  return {
    message: `the commit names the grant ${quoteForeign(`${named.id}#${named.token}`)}, which covers none of its paths`,
    remedy: claimAndRestamp(past, world.question),
    grant: named.id,
  };
};

/** Somebody else's later grant that binds now. */
const findActiveRival = (subject: Subject, world: World, token: number): Remark | undefined => {
  const grant = listOthers(subject, world, 'write').find((other) => (other.token ?? 0) > token);
  return (
    grant && {
      message: `the commit’s grant is outrun: ${quoteName(grant.holder)} holds it now, by a later one`,
      remedy: conflictsCommand(subject.path, world.question.prefix),
      holder: grant.holder,
      grant: grant.id,
    }
  );
};

/** A commit under somebody else's later grant that the target has already. */
const findMergedRival = (
  { key, path }: Subject,
  world: World,
  past: Past,
  token: number,
): Remark | undefined => {
  const rival = past.rivals.find(({ grant, paths }) => grant.token > token && paths.has(key));
  return (
    rival && {
      message: `the commit’s grant is outrun: ${quoteName(rival.grant.holder)} had it after, and ${rival.commit.slice(0, 10)} is where this one is to go`,
      remedy: `${claimCommand([path], world.question.prefix)} && ${rebaseCommand(rival.target)}`,
      holder: rival.grant.holder,
      grant: rival.grant.id,
    }
  );
};

const findStaleToken: Rule['find'] = (subject, world) => {
  const { past } = world.question;
  const own = past && findNamedCover(past, subject.key);
  if (!own) return undefined;
  return (
    findActiveRival(subject, world, own.token) ?? findMergedRival(subject, world, past, own.token)
  );
};

/** What a commit's own trailers come to, before anything else is asked. */
export const PAST_RULES: readonly Rule[] = [
  { rule: 'lock/bad-grant', find: findBadGrant },
  { rule: 'lock/stale-token', find: findStaleToken },
];

/** What a named grant covers is asked for no more than whether it is outrun: whoever reads it since, say, is late. */
const unlessNamed = ({ rule, find }: Rule): Rule => ({
  rule,
  find: (subject, world) => {
    const { past } = world.question;
    return past && findNamedCover(past, subject.key) ? undefined : find(subject, world);
  },
});

/** The locks' family, for a commit of the past. */
export const RANGE_LOCK_RULES: readonly Rule[] = [...PAST_RULES, ...LOCK_RULES.map(unlessNamed)];
