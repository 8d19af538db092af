import { automataIntersect } from './automaton-overlap.ts';
import { compileGlob } from './glob.ts';
import { compileRegex } from './regex.ts';
import { bodyOf, type CompilePattern } from './scope.ts';

/** Compiles a glob or a regex to tables, or says in one clause why there are none. Never throws. */
export const compilePattern: CompilePattern = (scope, rule) => {
  const text = bodyOf(scope).normalize('NFC');
  if (scope.kind === 'glob') return compileGlob(text, rule.ignoreCase);
  const compiled = compileRegex(text, rule.ignoreCase);
  const anyPath = compileGlob('**');
  if ('refused' in compiled || 'refused' in anyPath) return compiled;
  // `^/src/` or `src/` would be granted, and guard nothing.
  return automataIntersect(compiled.automaton, anyPath.automaton)
    ? compiled
    : { refused: 'it matches no path; paths neither begin nor end with a slash' };
};
