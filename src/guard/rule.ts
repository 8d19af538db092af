import type { Finding } from './finding.ts';
import type { RuleName } from './rules.ts';
import type { Subject, World } from './subject.ts';

/** What a rule says of one path, before its severity is known; `atMost` softens what the config sets. */
export type Remark = Omit<Finding, 'rule' | 'severity' | 'path' | 'commit'> & { atMost?: 'warn' };

/** A rule's code: what it has to say of one path, or nothing. */
export type Rule = {
  rule: RuleName;
  find: (subject: Subject, world: World) => Remark | undefined;
};
