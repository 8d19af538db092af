import { findNearest } from '../kit/nearest.ts';
import type { OwnersFile, OwnersRule } from './file.ts';
import { findShadowed, type Shadow } from './shadow.ts';
import { createOwnersIndex } from './tree-index.ts';
import { findUsage, type RuleUsage } from './usage.ts';

/** What lint looks for, with the sentence that reports show. The list is closed, as that of the guard's rules is. */
export const OWNERS_LINT_RULES = {
  'owners/invalid': 'a line, or a part of one, that the host skips',
  'owners/ambiguous': 'a line that careful readings of the host’s rules take differently',
  'owners/duplicate': 'a rule that a later line of its section repeats',
  'owners/shadowed': 'a rule whose every path, or every file of the tree, a later line decides',
  'owners/dead': 'a rule that matches no file of the tree',
  'owners/unknown-owner': 'an owner whom the config maps nobody to',
  'owners/self-unowned': 'nobody owns CODEOWNERS itself',
} as const;

export type OwnersLintRule = keyof typeof OWNERS_LINT_RULES;

/** One thing that lint says, with the keys that `owners --lint --json` prints. */
export type OwnersFinding = {
  rule: OwnersLintRule;
  severity: 'error' | 'warn';
  path: string;
  line: number;
  column: number;
  /** What it is about: the pattern, or the owner. */
  name?: string;
  message: string;
  /** What to do about it, in a sentence. */
  remedy: string;
  owners?: string[];
};

/** What lint is asked about. */
export type LintQuestion = {
  /** Where the file lies, repo-relative. */
  path: string;
  file: OwnersFile;
  /** The files of the tree, repo-relative. */
  tree: readonly string[];
  /** Every owner that the config knows; null where it maps nobody, so that nothing can be told. */
  known: readonly string[] | null;
};

type Place = Pick<OwnersFinding, 'path' | 'line' | 'column'>;

const at = ({ path }: LintQuestion, line: number, column = 1): Place => ({ path, line, column });

const findInvalid = (question: LintQuestion): OwnersFinding[] =>
  question.file.problems.map(({ line, column, message, suggestion }) => ({
    rule: 'owners/invalid',
    severity: 'error',
    ...at(question, line, column),
    message,
    remedy:
      suggestion === undefined ? 'mend the line, or take it out' : `write instead: ${suggestion}`,
  }));

const findAmbiguous = (question: LintQuestion): OwnersFinding[] =>
  question.file.doubts.map(({ line, column, message }) => ({
    rule: 'owners/ambiguous',
    severity: 'warn',
    ...at(question, line, column),
    message,
    remedy: 'write the line so that it reads in one way; until then all that it may name are asked',
  }));

const tellLines = (rules: readonly OwnersRule[]): string => {
  const lines = rules.map(({ line }) => line);
  const shown = lines.slice(0, 3).join(', ');
  return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${lines.length > 3 ? ', …' : ''}`;
};

const tellShadow = (question: LintQuestion, { rule, by }: Shadow): OwnersFinding => {
  const again = by.length === 1 && by[0]?.pattern === rule.pattern ? by[0] : undefined;
  const place = { ...at(question, rule.line), name: rule.pattern };
  if (again) {
    const message = `line ${again.line} has the same pattern, so this line decides nothing`;
    const remedy = `take out line ${rule.line} or line ${again.line}`;
    return { rule: 'owners/duplicate', severity: 'warn', ...place, message, remedy };
  }
  const message = `every path that it can cover is decided by ${tellLines(by)}`;
  const remedy = `take line ${rule.line} out, or move it behind ${tellLines(by)}`;
  return { rule: 'owners/shadowed', severity: 'warn', ...place, message, remedy };
};

const tellDead = (question: LintQuestion, { line, pattern }: OwnersRule): OwnersFinding => ({
  rule: 'owners/dead',
  severity: 'warn',
  ...at(question, line),
  name: pattern,
  message: `${pattern} matches no file of the tree`,
  remedy: `mend the pattern, or take line ${line} out`,
});

const findIdle = (question: LintQuestion, { dead, lost }: RuleUsage): OwnersFinding[] => {
  const { shadowed } = findShadowed(question.file);
  const shadows = new Map(shadowed.map((shadow) => [shadow.rule, shadow]));
  const rules = question.file.sections.flatMap((section) => section.rules);
  return rules.flatMap((rule): OwnersFinding[] => {
    const shadow = shadows.get(rule);
    if (shadow) return [tellShadow(question, shadow)];
    if (dead.has(rule)) return [tellDead(question, rule)];
    const found = lost.get(rule);
    if (!found) return [];
    return [
      {
        rule: 'owners/shadowed',
        severity: 'warn',
        ...at(question, rule.line),
        name: rule.pattern,
        message: `each file that it covers today is decided by a later line, such as ${found.path} by line ${found.by.line}`,
        remedy: `take line ${rule.line} out, or move it behind line ${found.by.line}`,
      },
    ];
  });
};

/** Whom no config needs to map: an e-mail is somebody's own, and a role is whoever has it. */
const isSelfEvident = (owner: string): boolean => !owner.startsWith('@') || owner.startsWith('@@');

const findUnknownOwners = (question: LintQuestion): OwnersFinding[] => {
  const { known, file } = question;
  if (known === null) return [];
  const names = new Set(known.map((owner) => owner.toLowerCase()));
  const first = new Map<string, number>();
  for (const { owners, line } of file.sections.flatMap((section) => section.rules)) {
    for (const owner of owners) {
      if (!isSelfEvident(owner) && !names.has(owner.toLowerCase()))
        first.set(owner, Math.min(line, first.get(owner) ?? line));
    }
  }
  return [...first].map(([owner, line]) => {
    const nearest = findNearest(owner, known);
    return {
      rule: 'owners/unknown-owner',
      severity: 'warn',
      ...at(question, line),
      name: owner,
      message: `owners.identities maps nobody to ${owner}${nearest ? `; did you mean ${nearest}?` : ''}`,
      remedy: `map a holder, an e-mail or a team to ${owner} in leasehold.config.json, or mend the name`,
      owners: [owner],
    };
  });
};

const findSelfUnowned = (question: LintQuestion): OwnersFinding[] => {
  const { path, file } = question;
  if (createOwnersIndex(file).find(path).state === 'owned') return [];
  return [
    {
      rule: 'owners/self-unowned',
      severity: 'warn',
      ...at(question, 1),
      message: 'nobody owns this file, so anybody may change who owns what',
      remedy: `add a line for /${path} with its owners`,
    },
  ];
};

/** All that is wrong or idle in a CODEOWNERS file, by line. Pure; `tree` is what rules are held against. */
export const lintOwners = (question: LintQuestion): OwnersFinding[] =>
  [
    ...findInvalid(question),
    ...findAmbiguous(question),
    ...findIdle(question, findUsage(question.file, question.tree)),
    ...findUnknownOwners(question),
    ...findSelfUnowned(question),
  ].toSorted((a, b) => a.line - b.line || a.column - b.column);
