import { Undecided } from '../kit/errors.ts';
import type { PathRule } from '../kit/paths.ts';
import type { Automaton } from './automaton.ts';
import type { Claim } from './grant.ts';
import type { CompilePattern, ScopeRule } from './scope.ts';
import type { Range } from './term.ts';

/**
 * The automata of a record's patterns, by the pattern's text, so that whoever reads it need not compile.
 * A state is `[ranges, next]`, or `[ranges, next, 1]` where a path may end; `ranges` are code points,
 * low and high by turns.
 */
export type Tables = Record<string, State[]>;
type State = [ranges: number[], next: number[], final?: 1];

/** How scopes are read where `compile` may be missing: then the tables must be there. */
export type TableRule = PathRule & { compile?: CompilePattern };

/** The most characters that the tables of one record take: beyond it the guard leaves the record to the command. */
const MAX_TABLES = 32_768;
const MAX_STATES = 5_000;

/** Only the states that a path can come to: anchors and dead ends are settled already, and stay behind. */
const packAutomaton = ({ enter, next, final }: Automaton): State[] => {
  const reached = new Set([0]);
  for (const state of reached) for (const target of next[state] ?? []) reached.add(target);
  const places = new Map([...reached].map((state, place) => [state, place]));
  return [...reached].map((state) => {
    const ranges = (enter[state] ?? []).flat();
    const targets = (next[state] ?? []).map((target) => places.get(target) ?? 0);
    return final[state] ? [ranges, targets, 1] : [ranges, targets];
  });
};

/** The tables of all patterns among the claims; undefined where there are none, or they would be too large. */
export const toTables = (claims: readonly Claim[]): Tables | undefined => {
  const tables: Tables = {};
  for (const { scope, compiled } of claims) {
    if (compiled.automaton) tables[scope] = packAutomaton(compiled.automaton);
  }
  const size = JSON.stringify(tables).length;
  return size > 2 && size <= MAX_TABLES ? tables : undefined;
};

const isIndex = (value: unknown, length: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < length;

const toRanges = (flat: readonly number[]): Range[] =>
  flat.flatMap((low, at): Range[] => (at % 2 === 0 ? [[low, flat[at + 1] ?? low]] : []));

/** What a file holds may be anybody's: only whole numbers in range become a table. */
const unpackTable = (json: unknown): Automaton | undefined => {
  if (!Array.isArray(json) || json.length > MAX_STATES) return undefined;
  const states = json.map((state) => (Array.isArray(state) ? state : []));
  const isState = ([ranges, next]: unknown[]): boolean =>
    Array.isArray(ranges) &&
    ranges.every((point) => isIndex(point, 0x110000)) &&
    Array.isArray(next) &&
    next.every((target) => isIndex(target, json.length));
  if (!states.every(isState)) return undefined;
  return {
    enter: states.map(([ranges]) => toRanges(ranges as number[])),
    next: states.map(([, next]) => next as number[]),
    final: states.map(([, , final]) => final === 1),
  };
};

const noTable = (text: string): Undecided =>
  new Undecided('internal', `there is no table for ${text}`, 'leasehold check');

/** Unpacks for the first path that comes near; most patterns are far from all of a commit's paths. */
const createLateAutomaton = (json: unknown, text: string): Automaton => {
  let unpacked: Automaton | undefined;
  const unpack = (): Automaton => {
    unpacked ??= unpackTable(json);
    if (unpacked) return unpacked;
    throw noTable(text);
  };
  return {
    get enter() {
      return unpack().enter;
    },
    get next() {
      return unpack().next;
    },
    get final() {
      return unpack().final;
    },
  };
};

/** Takes a pattern's automaton from these tables; where it is missing, throws: a pattern is never passed over. */
export const createTableReader =
  (tables: unknown): CompilePattern =>
  ({ text }) => {
    const isThere = typeof tables === 'object' && tables !== null && Object.hasOwn(tables, text);
    if (!isThere) throw noTable(text);
    return { automaton: createLateAutomaton((tables as Record<string, unknown>)[text], text) };
  };

/** The rule with what is missing filled in: patterns out of `tables`. */
export const withTables = (rule: TableRule, tables: unknown): ScopeRule => ({
  ignoreCase: rule.ignoreCase,
  compile: rule.compile ?? createTableReader(tables),
});
