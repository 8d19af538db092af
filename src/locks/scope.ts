import { comparePath, isWithin, type PathRule, trimSlashes } from '../kit/paths.ts';
import type { Automaton, Compiled } from './automaton.ts';
import { automataIntersect } from './automaton-overlap.ts';
import { matchesBelow, matchesWhole } from './automaton-walk.ts';

/** What a claim covers, as a lock file has it: `src/a.ts` or `src/`, `glob:src/**`, `regex:^x$`; repo-relative. */
export type Scope = { kind: 'literal' | 'glob' | 'regex'; text: string };

/** A scope ready for questions, plain data; all of it in comparable form. */
export type CompiledScope = {
  scope: Scope;
  /** The path that the text spells when nothing in it is special; undefined for a regex. */
  literal: string | undefined;
  /** Whether everything below `literal` is covered as well. */
  below: boolean;
  automaton: Automaton | undefined;
};

const MAX_LENGTH = 4_096;
const GLOB = 'glob:';
const REGEX = 'regex:';

/** Says which kind of scope a text is. A glob gets its prefix where the user left it out. */
export const parseScope = (text: string): Scope => {
  if (text.startsWith(REGEX)) return { kind: 'regex', text };
  if (text.startsWith(GLOB)) return { kind: 'glob', text };
  return /[*?[{]/.test(text) ? { kind: 'glob', text: GLOB + text } : { kind: 'literal', text };
};

/** A scope's text without the prefix that says its kind. */
export const bodyOf = ({ kind, text }: Scope): string => {
  const prefix = `${kind}:`;
  return kind !== 'literal' && text.startsWith(prefix) ? text.slice(prefix.length) : text;
};

const reasonAgainst = (body: string, kind: Scope['kind']): string | undefined => {
  if (body.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (body.includes('\0')) return 'it has a NUL character in it';
  if (body === '') return 'it is empty';
  if (kind === 'regex') return undefined;
  if (body.startsWith('/')) return 'it is absolute; a scope starts at the root of the repository';
  return body.split('/').includes('..') ? 'it has a .. in it' : undefined;
};

/**
 * Turns a glob or a regex into tables. The command compiles (`compilePattern`); the guard, where every
 * byte costs each commit, takes the tables that a record carries.
 */
export type CompilePattern = (scope: Scope, rule: PathRule) => Compiled;

/** How the scopes of one clone read. */
export type ScopeRule = PathRule & { compile: CompilePattern };

/** Makes a scope ready for questions, or says in one clause why it can be none. Throws only what `rule.compile` throws. */
export const compileScope = (
  scope: Scope,
  rule: ScopeRule,
): CompiledScope | { refused: string } => {
  const body = bodyOf(scope);
  const reason = reasonAgainst(body, scope.kind);
  if (reason !== undefined) return { refused: reason };
  const path = body === '.' ? '' : comparePath(trimSlashes(body.replace(/^\.\//, '')), rule);
  if (scope.kind === 'literal') return { scope, literal: path, below: true, automaton: undefined };
  const compiled = rule.compile(scope, rule);
  if ('refused' in compiled) return compiled;
  return {
    scope,
    literal: scope.kind === 'glob' ? path : undefined,
    // `app/[id]` may well be a folder. Nobody has one named `*_test.go`, and taking it for one
    // would let it meet every pattern that has a `**` in it.
    below: !/[*?]/.test(body),
    automaton: compiled.automaton,
  };
};

/** True where the scope covers the path, given as `comparePath` returns it. */
export const scopeCovers = (compiled: CompiledScope, path: string): boolean => {
  const { literal, below, automaton } = compiled;
  if (literal !== undefined && (below ? isWithin(path, literal) : path === literal)) return true;
  return automaton !== undefined && matchesWhole(automaton, path);
};

/** True where the scope covers the path or something below it; the path as `comparePath` returns it, `''` for the top. */
export const scopeReaches = (compiled: CompiledScope, path: string): boolean => {
  const { literal, automaton } = compiled;
  if (literal !== undefined && isWithin(literal, path)) return true;
  return scopeCovers(compiled, path) || (automaton !== undefined && matchesBelow(automaton, path));
};

/** Whether the path that one scope spells, or something below it, is covered by the other. */
const spellsInto = ({ literal, below }: CompiledScope, other: CompiledScope): boolean => {
  if (literal === undefined) return false;
  if (scopeCovers(other, literal)) return true;
  return below && other.automaton !== undefined && matchesBelow(other.automaton, literal);
};

/** True where some path is covered by both; also where two patterns are too large to tell. */
export const scopesOverlap = (a: CompiledScope, b: CompiledScope): boolean => {
  if (spellsInto(a, b) || spellsInto(b, a)) return true;
  if (a.automaton === undefined || b.automaton === undefined) return false;
  return automataIntersect(a.automaton, b.automaton);
};
