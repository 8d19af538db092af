/** When a name is there: a formula over atoms such as `unix` or `feature = "x"`. */
export type Condition =
  | { op: 'is'; atom: string }
  | { op: 'not'; of: Condition }
  | { op: 'all' | 'any'; of: readonly Condition[] };

/** True whatever is set. */
export const ALWAYS: Condition = { op: 'all', of: [] };

/** True where this one thing is set. */
export const is = (atom: string): Condition => ({ op: 'is', atom });

/** The same two make the same one: thousands of names lie behind one statement. */
const joined = new WeakMap<Condition, WeakMap<Condition, Condition>>();

/** Both must hold. */
export const both = (a: Condition, b: Condition): Condition => {
  if (isAlways(a)) return b;
  if (isAlways(b) || a === b) return a;
  const known = joined.get(a) ?? new WeakMap<Condition, Condition>();
  const condition = known.get(b) ?? { op: 'all', of: [a, b] };
  joined.set(a, known.set(b, condition));
  return condition;
};

/** One of them must hold. */
export const either = (of: readonly Condition[]): Condition => {
  const [first] = of;
  if (of.some(isAlways)) return ALWAYS;
  return first && of.length === 1 ? first : { op: 'any', of };
};

/** The opposite. */
export const negate = (of: Condition): Condition => (of.op === 'not' ? of.of : { op: 'not', of });

export const isAlways = (condition: Condition): boolean =>
  condition.op === 'all' && condition.of.length === 0;

/** Out of plain data, of one file say: what is always true is `ALWAYS` itself, and the same text is one formula. */
export const createReviver = (): ((condition: Condition) => Condition) => {
  const known = new Map<string, Condition>();
  return (condition) => {
    if (isAlways(condition)) return ALWAYS;
    const key = JSON.stringify(condition);
    const own = known.get(key) ?? condition;
    known.set(key, own);
    return own;
  };
};

/** The atoms of a formula, and how much of it there is; large ones are not reasoned about. */
const MAX_SIZE = 200;
const MAX_ATOMS = 10;

const collectAtoms = (conditions: readonly Condition[]): string[] | undefined => {
  const atoms = new Set<string>();
  const open = [...conditions];
  for (let size = 0; open.length > 0; size += 1) {
    const next = open.pop();
    if (!next || size > MAX_SIZE || atoms.size > MAX_ATOMS) return undefined;
    if (next.op === 'is') atoms.add(next.atom);
    else open.push(...(next.op === 'not' ? [next.of] : next.of));
  }
  return [...atoms];
};

type Truth = (atom: string) => boolean;

/** Only asked of formulas of at most `MAX_SIZE` parts, so it goes no deeper. */
const evaluate = (condition: Condition, truth: Truth): boolean => {
  if (condition.op === 'is') return truth(condition.atom);
  if (condition.op === 'not') return !evaluate(condition.of, truth);
  return condition.op === 'all'
    ? condition.of.every((part) => evaluate(part, truth))
    : condition.of.some((part) => evaluate(part, truth));
};

/** What a build has one value of; `feature` and `target_feature` have many. */
const SINGLE = /^(target_(?:os|arch|env|family|vendor|abi|endian|pointer_width)|panic) = /;

const singleOf = (atom: string): string | undefined => {
  // They are short for `target_family = …`.
  if (atom === 'unix' || atom === 'windows') return 'target_family';
  return SINGLE.exec(atom)?.[1];
};

/** Of each thing that has a single value the bits of the atoms that are values of it. */
const listSingles = (atoms: readonly string[]): number[] => {
  const bits = new Map<string, number>();
  for (const [at, atom] of atoms.entries()) {
    const single = singleOf(atom);
    if (single !== undefined) bits.set(single, (bits.get(single) ?? 0) | (1 << at));
  }
  return [...bits.values()];
};

const hasMoreThanOne = (bits: number): boolean => (bits & (bits - 1)) !== 0;

/** Whether some build makes `test` true; undefined where there are too many to try. */
const someBuild = (
  conditions: readonly Condition[],
  test: (truth: Truth) => boolean,
): boolean | undefined => {
  const atoms = collectAtoms(conditions);
  if (!atoms) return undefined;
  const singles = listSingles(atoms);
  const places = new Map(atoms.map((atom, at) => [atom, at]));
  let held = 0;
  const truth: Truth = (atom) => ((held >> (places.get(atom) ?? 0)) & 1) === 1;
  for (held = 0; held < 2 ** atoms.length; held += 1) {
    if (!singles.some((single) => hasMoreThanOne(single & held)) && test(truth)) return true;
  }
  return false;
};

/** Whether both can hold in one build; what is too large to tell could be anything, and counts as "no". */
export const canMeet = (a: Condition, b: Condition): boolean =>
  someBuild([a, b], (truth) => evaluate(a, truth) && evaluate(b, truth)) ?? false;

/** Whether both say the same, but for the order of their parts. */
export const isSameCondition = (a: Condition, b: Condition): boolean =>
  a === b || showCondition(a) === showCondition(b);

/** Whether `wide` holds in every build in which `narrow` does; what is too large to tell counts as "yes". */
export const isCovered = (narrow: Condition, wide: Condition): boolean =>
  !(
    someBuild([narrow, wide], (truth) => evaluate(narrow, truth) && !evaluate(wide, truth)) ?? false
  );

/** Whether it holds only where `atom` does. */
export const needs = (condition: Condition, atom: string): boolean =>
  mentions(condition, atom) && isCovered(condition, is(atom));

const mentions = (condition: Condition, atom: string): boolean =>
  !isAlways(condition) && (collectAtoms([condition])?.includes(atom) ?? false);

const MAX_SHOWN = 2_000;

/** The parts of `all(a, all(b, c))` are three. */
const flatten = (op: 'all' | 'any', of: readonly Condition[]): Condition[] => {
  const parts: Condition[] = [];
  const open = [...of].reverse();
  for (let next = open.pop(); next && parts.length < MAX_SIZE; next = open.pop()) {
    if (next.op === op) open.push(...[...next.of].reverse());
    else parts.push(next);
  }
  return parts;
};

const shown = new WeakMap<Condition, string>();

/** As `cfg` writes it, with the parts of `all` and `any` in order; cut where it is very long. */
export const showCondition = (condition: Condition): string => {
  const known = shown.get(condition) ?? writeCondition(condition);
  shown.set(condition, known);
  return known;
};

const writeCondition = (condition: Condition): string => {
  const show = (part: Condition, room: number): string => {
    if (room <= 0) return '…';
    if (part.op === 'is') return part.atom;
    if (part.op === 'not') return `not(${show(part.of, room - 1)})`;
    const parts = flatten(part.op, part.of).map((each) => show(each, room - 1));
    const unique = [...new Set(parts)].sort();
    return unique.length === 1 ? (unique[0] ?? '') : `${part.op}(${unique.join(', ')})`;
  };
  return show(condition, 20).slice(0, MAX_SHOWN);
};
