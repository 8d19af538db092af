import type { OwnersRule, OwnersRules } from './file.ts';
import { createOwnersMatcher } from './match.ts';
import { createOwnersIndex } from './tree-index.ts';

/** A rule that covers files and decides none: one of the files, and the rule that decides it. */
export type Lost = { rule: OwnersRule; path: string; by: OwnersRule };

/** How the rules of a file come off over the files of a tree. */
export type RuleUsage = {
  /** They cover no file. */
  dead: ReadonlySet<OwnersRule>;
  lost: ReadonlyMap<OwnersRule, Lost>;
};

/** Rounds of peeling before the rules that are left are tried one by one. */
const MAX_ROUNDS = 24;

const keepRules = (rules: OwnersRules, kept: ReadonlySet<OwnersRule>): OwnersRules => ({
  ...rules,
  sections: rules.sections.map((section) => ({
    ...section,
    rules: section.rules.filter((rule) => kept.has(rule)),
  })),
});

/** A file that each of the rules decides when there are no others; rules that decide none are missing. */
const findDecided = (rules: OwnersRules, paths: readonly string[]): Map<OwnersRule, string> => {
  const index = createOwnersIndex(rules);
  const found = new Map<OwnersRule, string>();
  for (const path of paths) {
    for (const { rule } of index.find(path).decisions) if (!found.has(rule)) found.set(rule, path);
  }
  return found;
};

const findCovered = (rule: OwnersRule, rules: OwnersRules, paths: readonly string[]) => {
  const matcher = createOwnersMatcher(keepRules(rules, new Set([rule])));
  return paths.find((path) => matcher.find(path).rule !== null);
};

/**
 * Which rules cover no file of `paths`, and which cover some but decide none. Those that decide are taken
 * out round by round: what decides among the rest covers a file, and what never does covers none.
 */
export const findUsage = (rules: OwnersRules, paths: readonly string[]): RuleUsage => {
  const all = rules.sections.flatMap((section) => section.rules);
  const deciding = findDecided(rules, paths);
  const left = new Set(all.filter((rule) => !deciding.has(rule)));
  const covered = new Map<OwnersRule, string>();
  let isSettled = false;
  for (let round = 0; round < MAX_ROUNDS && !isSettled && left.size > 0; round += 1) {
    const found = findDecided(keepRules(rules, left), paths);
    for (const [rule, path] of found) covered.set(rule, path);
    for (const rule of found.keys()) left.delete(rule);
    isSettled = found.size === 0;
  }
  if (!isSettled) {
    for (const rule of left) {
      const path = findCovered(rule, rules, paths);
      if (path === undefined) continue;
      covered.set(rule, path);
      left.delete(rule);
    }
  }
  return { dead: left, lost: findLost(rules, covered) };
};

const findLost = (
  rules: OwnersRules,
  covered: ReadonlyMap<OwnersRule, string>,
): Map<OwnersRule, Lost> => {
  const index = createOwnersIndex(rules);
  const sectionOf = new Map(
    rules.sections.flatMap(({ name, rules: own }) => own.map((rule) => [rule, name] as const)),
  );
  const lost = [...covered].flatMap(([rule, path]): Lost[] => {
    const { decisions } = index.find(path);
    const by = decisions.find(({ section }) => section === sectionOf.get(rule))?.rule;
    return by ? [{ rule, path, by }] : [];
  });
  return new Map(lost.map((entry) => [entry.rule, entry]));
};
