import type { Severity } from '../kit/config.ts';

type Weights = { named: Severity; person: Severity };

const both = (severity: Severity): Weights => ({ named: severity, person: severity });

/**
 * Every rule of the guard: what it weighs for a named holder and for a person (somebody known by git's
 * e-mail alone) where the config does not set it. The order within a family is the order in which
 * findings are preferred. A new rule starts here; its code goes to its family's file.
 */
export const RULES = {
  'lock/unreadable': both('error'),
  'lock/held': both('error'),
  'lock/read-held': both('error'),
  'lock/taken-over': both('error'),
  'lock/expired': both('warn'),
  'lock/outside-grant': { named: 'error', person: 'warn' },
  'lock/required': both('error'),
  'lock/bad-grant': both('error'),
  'lock/stale-token': both('error'),
  'lock/dropped': both('error'),
  'owners/not-owner': { named: 'error', person: 'warn' },
  'owners/unknown-actor': both('warn'),
  'owners/unowned': both('off'),
  'owners/invalid': both('warn'),
  'guard/self-change': both('error'),
  'guard/bypassed': both('warn'),
} as const satisfies Record<string, Weights>;

export type RuleName = keyof typeof RULES;

/** The rules' names, as the config knows them. */
export const RULE_NAMES = Object.keys(RULES) as RuleName[];

/** What each rule says, for the README; apart from the weights, so that hooks need not carry it. */
export const RULE_MEANINGS: Record<RuleName, string> = {
  'lock/unreadable': 'a lock file could not be read, so nobody knows what it holds',
  'lock/held': 'another holder’s write covers the path, or lies in a submodule that moves',
  'lock/read-held': 'another holder reads the path and wants it unchanged',
  'lock/taken-over': 'the actor’s grant on the path ended, and another holder has had it since',
  'lock/expired': 'the actor’s own grant on the path ran out, and nobody took it',
  'lock/outside-grant': 'the actor holds a grant, and the path lies outside it',
  'lock/required': 'the path may be changed only under a lock (guard.requireLock)',
  'lock/bad-grant':
    'a commit names a grant that never was, is not its committer’s, or covers none of its paths',
  'lock/stale-token': 'a commit’s grant is outrun by a later one of another holder on the path',
  'lock/dropped':
    'a forced push drops another holder’s commit, and nothing that is pushed replaces it',
  'owners/not-owner': 'CODEOWNERS names owners, and the actor is none of them',
  'owners/unknown-actor': 'the config maps the actor to no owner',
  'owners/unowned': 'no rule of CODEOWNERS owns the path',
  'owners/invalid': 'a line of CODEOWNERS that its host would skip',
  'guard/self-change': 'the change edits what guards the repository',
  'guard/bypassed': 'a person let the commit through, and said why',
};
