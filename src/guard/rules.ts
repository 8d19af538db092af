import type { Severity } from '../kit/config.ts';

type RuleFacts = { named: Severity; person: Severity; says: string };

const both = (severity: Severity, says: string): RuleFacts => ({
  named: severity,
  person: severity,
  says,
});

/**
 * Every rule of the guard: what it weighs for a named holder and for a person (somebody known by git's
 * e-mail alone) where the config does not set it, and what it says. The order within a family is the
 * order in which findings are preferred. A new rule starts here; its code goes to its family's file.
 */
export const RULES = {
  'lock/unreadable': both('error', 'a lock file could not be read, so nobody knows what it holds'),
  'lock/held': both('error', 'another holder’s write covers the path'),
  'lock/read-held': both('error', 'another holder reads the path and wants it unchanged'),
  'lock/taken-over': both(
    'error',
    'the actor’s grant on the path ended, and another holder has had it since',
  ),
  'lock/expired': both('warn', 'the actor’s own grant on the path ran out, and nobody took it'),
  'lock/outside-grant': {
    named: 'error',
    person: 'warn',
    says: 'the actor holds a grant, and the path lies outside it',
  },
  'lock/required': both('error', 'the path may be changed only under a lock (guard.requireLock)'),
  'owners/not-owner': {
    named: 'error',
    person: 'warn',
    says: 'CODEOWNERS names owners, and the actor is none of them',
  },
  'owners/unknown-actor': both('warn', 'the config maps the actor to no owner'),
  'owners/unowned': both('off', 'no rule of CODEOWNERS owns the path'),
  'owners/invalid': both('warn', 'a line of CODEOWNERS that its host would skip'),
  'guard/self-change': both('error', 'the change edits what guards the repository'),
} as const satisfies Record<string, RuleFacts>;

export type RuleName = keyof typeof RULES;

/** The rules' names, as the config knows them. */
export const RULE_NAMES = Object.keys(RULES) as RuleName[];
