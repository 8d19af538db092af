import { comparePath, isWithin, type PathRule, trimSlashes } from '../kit/paths.ts';
import { type Automaton, buildAutomaton, type Compiled } from './automaton.ts';
import { automataIntersect, automatonContains } from './automaton-overlap.ts';
import { matchesBelow, matchesWhole } from './automaton-walk.ts';
import { compileGlob } from './glob.ts';
import { compileRegex } from './regex.ts';
import { charsOf, concat, literalOf, NOTHING, repeat } from './term.ts';

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
const ANY_TEXT = repeat(charsOf([], false, true));
const GLOB = 'glob:';
const REGEX = 'regex:';

/** Says which kind of scope a text is. A glob gets its prefix where the user left it out. */
export const parseScope = (text: string): Scope => {
  if (text.startsWith(REGEX)) return { kind: 'regex', text };
  if (text.startsWith(GLOB)) return { kind: 'glob', text };
  return /[*?[{]/.test(text) ? { kind: 'glob', text: GLOB + text } : { kind: 'literal', text };
};

const bodyOf = ({ kind, text }: Scope): string => {
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

const compilePattern = (body: string, kind: Scope['kind'], rule: PathRule): Compiled => {
  const text = body.normalize('NFC');
  if (kind === 'glob') return compileGlob(text, rule.ignoreCase);
  const compiled = compileRegex(text, rule.ignoreCase);
  const anyPath = compileGlob('**');
  if ('refused' in compiled || 'refused' in anyPath) return compiled;
  // `^/src/` or `src/` would be granted, and guard nothing.
  return automataIntersect(compiled.automaton, anyPath.automaton)
    ? compiled
    : { refused: 'it matches no path; paths neither begin nor end with a slash' };
};

/** Makes a scope ready for questions, or says in one clause why it can be none. Never throws. */
export const compileScope = (scope: Scope, rule: PathRule): CompiledScope | { refused: string } => {
  const body = bodyOf(scope);
  const reason = reasonAgainst(body, scope.kind);
  if (reason !== undefined) return { refused: reason };
  const path = body === '.' ? '' : comparePath(trimSlashes(body.replace(/^\.\//, '')), rule);
  if (scope.kind === 'literal') return { scope, literal: path, below: true, automaton: undefined };
  const compiled = compilePattern(body, scope.kind, rule);
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

const languagesOf = ({ literal, below, automaton }: CompiledScope): Automaton[] => {
  if (literal === undefined) return automaton ? [automaton] : [];
  const rest = below ? repeat(concat([literalOf('/', false), ANY_TEXT]), 0, 1) : NOTHING;
  const spelled = literal === '' ? ANY_TEXT : concat([literalOf(literal, false), rest]);
  const tree = buildAutomaton(spelled);
  if ('refused' in tree) return [];
  return automaton ? [automaton, tree.automaton] : [tree.automaton];
};

/** True where `outer` covers all that `inner` covers; false where the patterns are too large to tell. */
export const containsScope = (outer: CompiledScope, inner: CompiledScope): boolean => {
  if (outer.scope.kind === inner.scope.kind && outer.scope.text === inner.scope.text) return true;
  if (inner.automaton === undefined && outer.automaton === undefined) {
    return isWithin(inner.literal ?? '', outer.literal ?? '');
  }
  const [wide, narrow] = [languagesOf(outer), languagesOf(inner)];
  return (
    narrow.length > 0 && narrow.every((one) => wide.some((other) => automatonContains(other, one)))
  );
};

/** Paths with nothing in common: whoever covers them all claims the repository. */
const PROBES = ['a', '.b', '0-1/2_3', 'x/y/.z/~', 'é é/q.w.e'];

/** True where a scope is as good as everything, which takes more than a plain claim. */
export const coversEverything = (compiled: CompiledScope): boolean =>
  PROBES.every((path) => scopeCovers(compiled, path));
