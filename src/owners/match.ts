import type { OwnersRule } from './parse.ts';
import { compilePattern } from './pattern.ts';
import { createPrefilter } from './prefilter.ts';
import { createPathTest, type PathTest } from './walk.ts';

/**
 * Who owns a path. `unowned`: a rule without owners took it; `unmatched`: no rule covers it. The rule
 * is the one that decided, the last in the file that covers the path.
 */
export type Ownership =
  | { state: 'owned' | 'unowned'; owners: string[]; rule: OwnersRule }
  | { state: 'unmatched'; owners: []; rule: null };

export type OwnersMatcher = {
  find(path: string): Ownership;
  /** Every rule that covers the path, in file order; the last one decides. */
  findAll(path: string): OwnersRule[];
};

const coversNothing: PathTest = () => false;

const compileTest = (text: string): PathTest => {
  const pattern = compilePattern(text);
  return pattern === null ? coversNothing : createPathTest(pattern);
};

const createTest = ({ pattern }: OwnersRule): PathTest => {
  const mayCover = createPrefilter(pattern);
  let test: PathTest | null = null;
  return (path) => {
    if (!mayCover(path)) return false;
    test ??= compileTest(pattern);
    return test(path);
  };
};

/**
 * Answers for the rules of one file, given in file order. Paths are repo-relative, `/`-separated and
 * compared exactly: case counts, and no Unicode form is changed. A pattern is compiled once, for the
 * first path that comes near it.
 */
export const createOwnersMatcher = (rules: readonly OwnersRule[]): OwnersMatcher => {
  const tests: PathTest[] = [];
  const covers = (rule: OwnersRule, index: number, path: string): boolean => {
    const test = tests[index] ?? createTest(rule);
    tests[index] = test;
    return test(path);
  };
  return {
    find(path) {
      const rule = rules.findLast((candidate, index) => covers(candidate, index, path));
      if (rule === undefined) return { state: 'unmatched', owners: [], rule: null };
      return { state: rule.owners.length > 0 ? 'owned' : 'unowned', owners: rule.owners, rule };
    },
    findAll(path) {
      return rules.filter((rule, index) => covers(rule, index, path));
    },
  };
};
