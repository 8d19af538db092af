import { ANY, type CharClass, type Pattern, SLASH, type Step } from './pattern.ts';
import { takes } from './walk.ts';

/** No path that goes on from here is covered. */
const DEAD = 0;
/** Every path that goes on from here is covered. */
const ALL = 1;

/** One more than the greatest code point. */
const POINTS = 0x110000;

/** Where a walk through a pattern can stand: see `Pattern` for states, `walk` for `armed`; both sorted. */
type StateSet = { now: readonly number[]; armed: readonly number[] };

/**
 * A pattern as a deterministic automaton, made as far as it is walked: its sets of states are numbered as
 * they are met, and the ways between them are kept.
 */
export type Automaton = {
  pattern: Pattern;
  stars: ReadonlySet<number>;
  globstars: ReadonlySet<number>;
  literals: ReadonlySet<number>;
  classes: readonly CharClass[];
  /** By number; `DEAD` and `ALL` stand for sets of many kinds and have none. */
  sets: (StateSet | null)[];
  /** The number of a set, by its text. */
  numbers: Map<string, number>;
  /** By number of the set × `POINTS` + code point: the number of the next set. */
  moves: Map<number, number>;
};

/** The first set that gets a number. */
const START = 2;

/** What may still be spent, in moves of one automaton by one character; below 0 it is spent. */
export type Budget = { moves: number };

/** A path that a pattern covers and no later one does; or that there is none; or that the budget was spent. */
export type Uncovered = { path: string } | 'covered' | 'unknown';

export const createAutomaton = (pattern: Pattern): Automaton => {
  const { steps, stars, globstars } = pattern;
  const armed = globstars.filter((state) => state === 0);
  return {
    pattern,
    stars: new Set(stars),
    globstars: new Set(globstars),
    literals: new Set(steps.filter(isLiteral)),
    classes: steps.filter((step) => typeof step !== 'number'),
    sets: [null, null, { now: [0], armed }],
    numbers: new Map([[`0|${armed}`, START]]),
    moves: new Map(),
  };
};

const isLiteral = (step: Step | undefined): step is number => typeof step === 'number' && step >= 0;

/** True for a character of a name: lone surrogates stand for the bytes 0x80 to 0xff that are not UTF-8. */
export const isNamePoint = (point: number): boolean => {
  if (point <= 0 || point >= POINTS || point === SLASH) return false;
  return point < 0xd800 || point > 0xdfff || (point >= 0xdc80 && point <= 0xdcff);
};

const takesStep = (step: Step | undefined, point: number): boolean => {
  if (step === undefined) return false;
  if (step === ANY) return point !== SLASH;
  return typeof step === 'number' ? step === point : point !== SLASH && takes(step, point);
};

const unite = (a: readonly number[], b: readonly number[]): readonly number[] => {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
};

/** The same step as `advance` of the walk takes. */
const moveSet = (
  { pattern, stars, globstars }: Automaton,
  from: StateSet,
  point: number,
): StateSet => {
  const stay = point === SLASH ? from.armed : from.now.filter((state) => stars.has(state));
  const taken = from.now.filter((state) => takesStep(pattern.steps[state], point));
  const now = unite(
    taken.map((state) => state + 1),
    stay,
  );
  const reached = now.filter((state) => globstars.has(state));
  return { now, armed: unite(from.armed, reached) };
};

const isMatch = ({ pattern }: Automaton, { now }: StateSet): boolean =>
  now.at(-1) === pattern.steps.length;

/** True where a set needs nothing more: the matched name may go on, and all below it is covered too. */
const isAll = (automaton: Automaton, set: StateSet): boolean => {
  const { steps, self, below } = automaton.pattern;
  return self && below && isMatch(automaton, set) && automaton.stars.has(steps.length);
};

/** The number of a set, a new one where it was not met before. */
const numberSet = (automaton: Automaton, set: StateSet): number => {
  if (set.now.length === 0 && set.armed.length === 0) return DEAD;
  if (isAll(automaton, set)) return ALL;
  const { sets, numbers } = automaton;
  const key = `${set.now}|${set.armed}`;
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, sets.length);
  return sets.push(set) - 1;
};

const move = (automaton: Automaton, from: number, point: number, budget: Budget): number => {
  const set = automaton.sets[from];
  if (!set) return from;
  const key = from * POINTS + point;
  const known = automaton.moves.get(key);
  if (known !== undefined) return known;
  budget.moves -= set.now.length + set.armed.length;
  const entersBelow = point === SLASH && automaton.pattern.below && isMatch(automaton, set);
  const to = entersBelow ? ALL : numberSet(automaton, moveSet(automaton, set, point));
  automaton.moves.set(key, to);
  return to;
};

/** True where a path that ends here is covered. */
const accepts = (automaton: Automaton, at: number): boolean => {
  const set = automaton.sets[at];
  return set ? automaton.pattern.self && isMatch(automaton, set) : at === ALL;
};

/** Where characters begin that a path may hold: behind NUL, the slash and either end of the surrogates. */
const EDGES: readonly number[] = [1, SLASH + 1, 0xdc80, 0xe000];

/**
 * The slash, and one character for each kind that no automaton tells apart: all between two neighbouring
 * ends of literals and ranges are of one kind. `prefer` stands for its own kind. Null where it costs too much.
 */
const listAlphabet = (
  automata: readonly Automaton[],
  prefer: number,
  budget: Budget,
): readonly number[] | null => {
  const literals = new Set(automata.flatMap((automaton) => [...automaton.literals]));
  const classes = automata.flatMap((automaton) => automaton.classes);
  const ranges = classes.flatMap((charClass) => charClass.ranges);
  const ends = [...ranges.flat(), ...literals].flatMap((point) => [point, point + 1]);
  const candidates = [...new Set([prefer, ...EDGES, ...ends])].filter(isNamePoint);
  budget.moves -= (classes.length + 1) * candidates.length;
  if (budget.moves < 0) return null;
  const kinds = new Map<string, number>();
  for (const point of candidates) {
    const taking = classes.map((charClass) => (takes(charClass, point) ? 1 : 0)).join('');
    const kind = `${literals.has(point) ? point : ''}|${taking}`;
    if (!kinds.has(kind)) kinds.set(kind, point);
  }
  return [...kinds.values(), SLASH];
};

/** The characters that lead on from a set, where it waits for literals alone; else the whole alphabet. */
const listPoints = (
  automaton: Automaton,
  at: number,
  alphabet: readonly number[],
): readonly number[] => {
  const { pattern, stars, sets } = automaton;
  const set = sets[at];
  if (!set || set.armed.length > 0) return alphabet;
  const steps = set.now.map((state) => pattern.steps[state]);
  const literals = steps.filter(isLiteral);
  const waits = steps.every((step) => step === undefined || isLiteral(step));
  if (!waits || set.now.some((state) => stars.has(state))) return alphabet;
  if (isMatch(automaton, set)) literals.push(SLASH);
  return [...new Set(literals)].filter((point) => point === SLASH || isNamePoint(point));
};

/** How far the search has come on one path: the number of each automaton's set, and the last character. */
type Place = {
  at: number;
  later: readonly number[];
  /** A name starts behind a slash; the root of the repository is behind one too. */
  point: number;
  before: Place | null;
};

const spell = (place: Place): string => {
  const points: number[] = [];
  for (let at: Place = place; at.before; at = at.before) points.push(at.point);
  return points
    .reverse()
    .map((point) => String.fromCodePoint(point))
    .join('');
};

/** Which places are one: what can follow is the same. */
const keyOf = ({ at, later, point }: Place): string =>
  `${point === SLASH ? '/' : ''}${at},${later.join()}`;

/** What is searched: paths of one automaton that none of `later` covers. */
type Search = { automaton: Automaton; later: readonly Automaton[]; budget: Budget };

const isFound = ({ automaton, later }: Search, place: Place): boolean =>
  place.point !== SLASH &&
  accepts(automaton, place.at) &&
  !later.some((other, index) => accepts(other, place.later[index] ?? DEAD));

/** The place behind one more character; null where nothing that is searched can follow. */
const advance = (
  { automaton, later, budget }: Search,
  place: Place,
  point: number,
): Place | null => {
  budget.moves -= 1;
  const isEmptyName = point === SLASH && place.point === SLASH;
  const at = isEmptyName ? DEAD : move(automaton, place.at, point, budget);
  if (at === DEAD) return null;
  budget.moves -= later.length;
  const others = later.map((other, index) =>
    move(other, place.later[index] ?? DEAD, point, budget),
  );
  return others.includes(ALL) ? null : { at, later: others, point, before: place };
};

/**
 * Searches a path that `automaton` covers and none of `later` does: breadth first over the sets of all of
 * them side by side, so the path is one of the shortest. Exact over all paths whose names are not empty and
 * hold neither NUL nor a slash. `.` and `..` count as names: a pattern that is left only paths with such names
 * is not found to be covered. `prefer` is the character to spell paths with where any will do.
 */
export const findUncovered = (
  automaton: Automaton,
  later: readonly Automaton[],
  { prefer, budget }: { prefer: number; budget: Budget },
): Uncovered => {
  const alphabet = listAlphabet([automaton, ...later], prefer, budget);
  if (alphabet === null) return 'unknown';
  const search = { automaton, later, budget };
  const queue: Place[] = [{ at: START, later: later.map(() => START), point: SLASH, before: null }];
  const seen = new Set<string>();
  // The queue grows while it is gone through.
  for (const place of queue) {
    if (isFound(search, place)) return { path: spell(place) };
    for (const point of listPoints(automaton, place.at, alphabet)) {
      const next = advance(search, place, point);
      if (budget.moves < 0) return 'unknown';
      if (next === null || seen.has(keyOf(next))) continue;
      seen.add(keyOf(next));
      queue.push(next);
    }
  }
  return 'covered';
};
