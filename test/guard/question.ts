import type { Actor } from '../../src/guard/actor.ts';
import type { Change } from '../../src/guard/changes.ts';
import type { Finding } from '../../src/guard/finding.ts';
import { judge } from '../../src/guard/judge.ts';
import type { Policy } from '../../src/guard/policy.ts';
import type { Question } from '../../src/guard/subject.ts';
import type { Ledger } from '../../src/locks/index.ts';
import { listAskedSections, parseOwners } from '../../src/owners/index.ts';
import { ledgerOf } from '../locks/build.ts';

/** A holder set by name, unless told otherwise. */
export const actorOf = (fields: Partial<Actor> = {}): Actor => ({
  holder: 'bob',
  source: 'environment',
  named: true,
  email: 'bob@example.com',
  session: undefined,
  ...fields,
});

/** Somebody known by git's e-mail alone. */
export const PERSON = actorOf({ holder: 'bob@example.com', source: 'email', named: false });

/** Nobody says who works here. */
export const NOBODY = actorOf({
  holder: undefined,
  source: undefined,
  named: false,
  email: undefined,
});

export const policyOf = (fields: Partial<Policy> = {}): Policy => ({
  configured: true,
  mode: 'enforce',
  bypass: 'people',
  strict: false,
  base: null,
  rules: {},
  requireLock: [],
  exempt: [],
  tables: { exact: {}, folded: {} },
  identities: {},
  ownersClaim: 'any',
  owners: null,
  ...fields,
});

/** CODEOWNERS from its text. */
export const ownersOf = (text: string): Policy['owners'] => ({
  path: 'CODEOWNERS',
  dialect: 'github',
  sections: listAskedSections(parseOwners(text, 'github')),
});

export const changeOf = (path: string, kind: Change['kind'] = 'modified'): Change => ({
  path,
  kind,
  blob: kind === 'deleted' ? undefined : 'b10b',
});

export type Asked = {
  paths?: readonly (string | Change)[];
  actor?: Actor;
  ledger?: Partial<Ledger>;
  policy?: Partial<Policy>;
} & Partial<Pick<Question, 'proposedProblems' | 'prefix' | 'approvals'>>;

/** What bob's change of `src/a.ts` comes to, unless told otherwise. */
export const ask = ({
  paths = ['src/a.ts'],
  actor = actorOf(),
  ledger,
  policy,
  ...rest
}: Asked): Finding[] =>
  judge({
    changes: paths.map((path) => (typeof path === 'string' ? changeOf(path) : path)),
    actor,
    ledger: ledgerOf(ledger),
    policy: policyOf(policy),
    proposedProblems: [],
    prefix: '',
    ...rest,
  });

/** The same in short: `error lock/held src/a.ts`. */
export const tell = (asked: Asked): string[] =>
  ask(asked).map(({ severity, rule, path }) => `${severity} ${rule} ${path}`);
