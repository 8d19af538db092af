import type { Entry, Statement } from './model.ts';

/** What a finding of the audit weighs. */
export type Weight = 'error' | 'warn';

type Rule = { weight: Weight; meaning: string };

/** Every rule of the audit: its weight where the config sets none, and its sentence for the README. */
export const EXPORT_RULES = {
  'exports/duplicate': {
    weight: 'error',
    meaning:
      'one name is exported twice; a warning where an explicit name hides another item of a wildcard',
  },
  'exports/wildcard': {
    weight: 'error',
    meaning: 'a new re-export of all names of a module; in a full scan with `--all` alone',
  },
  'exports/internal': {
    weight: 'warn',
    meaning:
      'a public module looks internal, and is not hidden from the docs; an error for a new match of `exports.internal`',
  },
  'exports/removed': {
    weight: 'warn',
    meaning:
      'a public name of the base is gone; an error in a range, for publishable packages and configured entries',
  },
  'exports/narrowed': {
    weight: 'warn',
    meaning: 'a public name is there in fewer builds than before',
  },
  'exports/unresolved': {
    weight: 'error',
    meaning: 'a re-export of something in the repository that is not there',
  },
  'exports/module-conflict': { weight: 'error', meaning: 'two files claim to be one module' },
  'exports/unparsable': {
    weight: 'error',
    meaning: 'a file cannot be parsed, so its names are not known: nobody can decide',
  },
  'exports/split': {
    weight: 'warn',
    meaning:
      'two new re-exports of one module that should be one; in a full scan with `--all` alone',
  },
  'exports/suppression': {
    weight: 'error',
    meaning:
      'an `allow` without a reason; a warning where it, or a line of the baseline, allows nothing that is there',
  },
  'exports/claim': {
    weight: 'error',
    meaning: 'the text of an export-change pull request says what is not so',
  },
} as const satisfies Record<string, Rule>;

export type ExportRule = keyof typeof EXPORT_RULES;

/** The rules' names, as the config knows them. */
export const EXPORT_RULE_NAMES = Object.keys(EXPORT_RULES) as ExportRule[];

/** What a rule says of one place, before it is weighed and held against the base. */
export type Remark = {
  rule: ExportRule;
  /** Where it is: `statement` is what a comment would have to stand at. */
  statement: Statement;
  name: string;
  message: string;
  remedy: string;
  /** The other place of a pair. */
  related: { path: string; line: number; column: number; message: string } | undefined;
  /** What makes it the same remark in the next version: the module's id, a kind, the id of its target. */
  module: string;
  kind: string;
  target: string;
  entry: Entry;
  /** In the place of the rule's own weight. */
  weight?: Weight;
  /** Whatever the config sets, it weighs no more. */
  atMost?: 'warn';
};
