import {
  type Automaton,
  type Budget,
  createAutomaton,
  findUncovered,
  isNamePoint,
  type Uncovered,
} from './cover.ts';
import type { DialectName } from './dialect.ts';
import type { OwnersRule, OwnersRules, OwnersSection } from './file.ts';
import { createNearTest } from './near.ts';
import { compilePattern, type Pattern, SLASH, type Step } from './pattern.ts';
import { createOwnersIndex } from './tree-index.ts';
import { createPathTest } from './walk.ts';

/** A rule that decides nowhere. `by`: later rules that between them take all its paths, in file order. */
export type Shadow = { rule: OwnersRule; by: OwnersRule[] };

/**
 * For one rule. It takes about a hundred to see that one other hides it, and some ten thousand where a dozen
 * with wildcards do so between them; more is spent only on rules that are made for it.
 */
const MOVES_PER_RULE = 200_000;
/** For a file: about a second. A file of 5,000 rules of all kinds, half of them shadowed, takes a tenth. */
export const MOVES_PER_FILE = 5_000_000;

/** Longer patterns are not looked into: Linux opens no path of more bytes, and a walk costs the square. */
const MAX_STEPS = 4095;

/** A rule with a pattern that can match, and its place among those of the section. */
type Candidate = {
  rule: OwnersRule;
  rank: number;
  pattern: Pattern;
  covers: (path: string) => boolean;
};

/** What is asked of one section. */
type Study = {
  candidates: readonly Candidate[];
  /** The candidate that decides. */
  findLast: (path: string) => Candidate | null;
  automatonOf: (candidate: Candidate) => Automaton;
  /** A character that no pattern names, as far as there is one. */
  unnamed: number;
};

const listCandidates = ({ rules }: OwnersSection, dialect: DialectName): Candidate[] => {
  const candidates: Candidate[] = [];
  for (const rule of rules) {
    // What only some readings of the host's rules have is not sure to hide anything, nor to be hidden.
    const pattern = rule.open ? null : compilePattern(rule.pattern, dialect);
    if (pattern === null) continue;
    const isNear = createNearTest(rule.pattern);
    const test = createPathTest(pattern);
    const covers = (path: string) => isNear(path) && test(path);
    candidates.push({ rule, rank: candidates.length, pattern, covers });
  }
  return candidates;
};

/** Not one of these is in a name. */
const NO_NAMES: readonly (readonly [number, number])[] = [
  [SLASH, SLASH],
  [0xd800, 0xdfff],
];

const listRanges = (step: Step): readonly (readonly [number, number])[] =>
  typeof step === 'number' ? [[step, step]] : step.ranges;

/** The first printable character that is in none of the steps. */
const findUnnamed = (patterns: readonly Pattern[]): number => {
  const steps = new Set(patterns.flatMap((pattern) => pattern.steps));
  const ranges = [...NO_NAMES, ...[...steps].flatMap(listRanges)];
  let point = 0x21;
  for (const [low, high] of ranges.sort((a, b) => a[0] - b[0])) {
    if (low > point) break;
    point = Math.max(point, high + 1);
  }
  return isNamePoint(point) ? point : 0x21;
};

const createStudy = (section: OwnersSection, dialect: DialectName): Study => {
  const candidates = listCandidates(section, dialect);
  const rules = candidates.map(({ rule }) => rule);
  const index = createOwnersIndex({ dialect, sections: [{ ...section, rules }] });
  const byRule = new Map(candidates.map((candidate) => [candidate.rule, candidate]));
  const automata = new Map<Candidate, Automaton>();
  return {
    candidates,
    findLast: (path) => {
      const { rule } = index.find(path);
      return rule && (byRule.get(rule) ?? null);
    },
    automatonOf: (candidate) => {
      const automaton = automata.get(candidate) ?? createAutomaton(candidate.pattern);
      automata.set(candidate, automaton);
      return automaton;
    },
    unnamed: findUnnamed(candidates.map(({ pattern }) => pattern)),
  };
};

/** A character for a step, an unusual one where it may be. */
const fillStep = (step: Step, unnamed: number): number => {
  if (typeof step === 'number') return step >= 0 ? step : unnamed;
  if (step.negated) return unnamed;
  return step.ranges.map(([low]) => low).find(isNamePoint) ?? unnamed;
};

/** The text of a pattern with `star` for each `*` and `globstar` for each `**`. */
const fillPattern = (
  { steps, stars, globstars }: Pattern,
  { star, globstar, unnamed }: { star: string; globstar: string; unnamed: number },
): string => {
  const texts = steps.map((step) => String.fromCodePoint(fillStep(step, unnamed)));
  texts.push('');
  for (const state of stars) texts[state] = star + (texts[state] ?? '');
  for (const state of globstars) texts[state] = globstar + (texts[state] ?? '');
  return texts.join('');
};

/** Paths that a pattern most likely covers and others most likely do not. */
const listSamples = (pattern: Pattern, unnamed: number): string[] => {
  const name = String.fromCodePoint(unnamed);
  const bare = fillPattern(pattern, { star: '', globstar: '', unnamed });
  const wide = fillPattern(pattern, { star: name, globstar: `${name}/${name}/`, unnamed });
  const below = pattern.below ? [`${wide}/${name}/${name}`, `${bare}/${name}`] : [];
  return [...below, ...(pattern.self ? [wide, bare] : [])];
};

/** Whether others between them cover all that a candidate does. */
const search = (
  { automatonOf, unnamed }: Study,
  candidate: Candidate,
  others: readonly Candidate[],
  budget: Budget,
): Uncovered =>
  findUncovered(automatonOf(candidate), others.map(automatonOf), { prefer: unnamed, budget });

/** Later rules that hide a candidate between them, and paths of it that each rule that hides it covers. */
type Cover = { by: Candidate[]; paths: string[] };

/**
 * Searches a path that the later rules so far do not cover, adds the rule that decides there, and so on until
 * that is the candidate itself or no path is left: most rules of a file are never looked at. Null where the
 * candidate decides somewhere, or has no path at all (`[b-a]`).
 */
const findCover = (
  study: Study,
  candidate: Candidate,
  budget: Budget,
): Cover | 'unknown' | null => {
  const samples = listSamples(candidate.pattern, study.unnamed);
  if (samples.some((path) => study.findLast(path) === candidate)) return null;
  const paths = samples.filter(candidate.covers);
  const by: Candidate[] = [];
  const [first] = paths;
  let found: Uncovered =
    first === undefined ? search(study, candidate, by, budget) : { path: first };
  while (typeof found === 'object') {
    const last = study.findLast(found.path);
    if (last === null || last.rank <= candidate.rank) return null;
    paths.push(found.path);
    // The most usual kind: the same line once more.
    if (last.rule.pattern === candidate.rule.pattern) return { by: [last], paths };
    by.push(last);
    found = search(study, candidate, by, budget);
  }
  if (found === 'unknown') return found;
  return by.length === 0 ? null : { by, paths };
};

/** The last rule that hides a candidate by itself; null where none is known to. */
const findSingle = (
  study: Study,
  candidate: Candidate,
  known: readonly string[],
  budget: Budget,
): Candidate | null => {
  const paths = [...known];
  for (let rank = study.candidates.length - 1; rank > candidate.rank; rank -= 1) {
    const other = study.candidates[rank];
    if (!other || !paths.every(other.covers)) continue;
    const found = search(study, candidate, [other], budget);
    if (found === 'covered') return other;
    if (found === 'unknown') return null;
    paths.push(found.path);
  }
  return null;
};

/** Leaves out, one after the other, what the rest can do without; all of it where the budget is spent. */
const dropNeedless = (
  study: Study,
  candidate: Candidate,
  by: readonly Candidate[],
  budget: Budget,
): readonly Candidate[] => {
  let kept = by;
  for (const other of by) {
    const rest = kept.filter((one) => one !== other);
    if (search(study, candidate, rest, budget) === 'covered') kept = rest;
  }
  return kept;
};

const judge = (study: Study, candidate: Candidate, budget: Budget): Shadow | 'unknown' | null => {
  if (candidate.pattern.steps.length > MAX_STEPS) return 'unknown';
  const cover = findCover(study, candidate, budget);
  if (cover === null || cover === 'unknown') return cover;
  const { rule } = candidate;
  // The one that covers a path of it last: no later one can hide it alone.
  if (cover.by.length === 1) return { rule, by: cover.by.map((other) => other.rule) };
  const single = findSingle(study, candidate, cover.paths, budget);
  const by = single ? [single] : dropNeedless(study, candidate, cover.by, budget);
  return { rule, by: by.map((other) => other.rule).toSorted(byLine) };
};

const byLine = (a: OwnersRule, b: OwnersRule): number => a.line - b.line;

/**
 * The rules that decide nowhere, as later ones of their section cover all their paths: exact, see
 * `findUncovered` for which paths there are. Nothing is said of `unknown` rules, which took too much work.
 * Both lists are in file order. Rules that can match no path, and open ones, are left out altogether.
 * `total` is spent on the way.
 */
export const findShadowed = (
  { dialect, sections }: OwnersRules,
  total: Budget = { moves: MOVES_PER_FILE },
): { shadowed: Shadow[]; unknown: OwnersRule[] } => {
  const shadowed: Shadow[] = [];
  const unknown: OwnersRule[] = [];
  for (const section of sections) {
    const study = createStudy(section, dialect);
    for (const candidate of study.candidates) {
      const given = Math.min(MOVES_PER_RULE, total.moves);
      const budget = { moves: given };
      const verdict = judge(study, candidate, budget);
      total.moves -= Math.min(given, given - budget.moves);
      if (verdict === 'unknown') unknown.push(candidate.rule);
      else if (verdict !== null) shadowed.push(verdict);
    }
  }
  return {
    shadowed: shadowed.toSorted((a, b) => byLine(a.rule, b.rule)),
    unknown: unknown.toSorted(byLine),
  };
};
