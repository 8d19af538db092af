import type { Severity } from '../kit/config.ts';
import { printable } from '../kit/quote.ts';

import type { GuardFinding } from './finding.ts';
import { LOCK_RULES } from './lock-rules.ts';
import { OWNER_RULES } from './owner-rules.ts';
import type { Remark, Rule } from './rule.ts';
import { RULES, type RuleName } from './rules.ts';
import { SELF_RULES } from './self-rules.ts';
import {
  coveredByAny,
  createSubject,
  createWorld,
  type Question,
  type Subject,
  type World,
} from './subject.ts';

/** One finding a family and path, the families in this order. */
export const FAMILIES: readonly (readonly Rule[])[] = [LOCK_RULES, OWNER_RULES, SELF_RULES];

const severityOf = (rule: RuleName, world: World): Severity => {
  const { actor, policy } = world.question;
  return policy.rules[rule] ?? RULES[rule][actor.named ? 'named' : 'person'];
};

const isConfined = (world: World): boolean => world.ownActive.some((grant) => grant.about.confine);

/** `claim --confine` makes what lies outside the grant an error for a person too. */
const weigh = (rule: RuleName, remark: Remark, world: World): Exclude<Severity, 'off'> => {
  const severity = severityOf(rule, world) === 'error' ? 'error' : 'warn';
  if (remark.atMost) return remark.atMost;
  const isSet = world.question.policy.rules[rule] !== undefined;
  return rule === 'lock/outside-grant' && !isSet && isConfined(world) ? 'error' : severity;
};

const applyRule = (
  { rule, find }: Rule,
  subject: Subject,
  world: World,
): GuardFinding | undefined => {
  const remark = find(subject, world);
  if (!remark) return undefined;
  const { atMost, ...said } = remark;
  return { rule, severity: weigh(rule, remark, world), path: subject.path, ...said };
};

/** The first error of a family, else its first warning: a milder rule must not hide a refusal behind it. */
const judgeFamily = (
  rules: readonly Rule[],
  subject: Subject,
  world: World,
): GuardFinding | undefined => {
  let first: GuardFinding | undefined;
  for (const rule of rules) {
    const finding = applyRule(rule, subject, world);
    if (finding?.severity === 'error') return finding;
    first ??= finding;
  }
  return first;
};

/**
 * What the paths come to, in their order; undefined where none is to be judged. Each subject is left behind at
 * once: V8 would carry thousands of them from one collection to the next.
 */
const judgePaths = (
  families: readonly (readonly Rule[])[],
  world: World,
): GuardFinding[] | undefined => {
  const findings: GuardFinding[] = [];
  const inForce = families.map((rules) =>
    rules.filter(({ rule }) => severityOf(rule, world) !== 'off'),
  );
  let isAnyJudged = false;
  for (const change of world.question.changes) {
    const subject = createSubject(change, world);
    if (coveredByAny(world.exempt, subject.key)) continue;
    isAnyJudged = true;
    for (const rules of inForce) {
      const finding = judgeFamily(rules, subject, world);
      if (finding) findings.push(finding);
    }
  }
  return isAnyJudged ? findings : undefined;
};

const judgeRecords = (world: World): GuardFinding[] => {
  const rule = 'lock/unreadable';
  // What nobody can judge by is never passed over in silence, whatever the config says.
  const severity = severityOf(rule, world) === 'error' ? 'error' : 'warn';
  return world.question.ledger.unreadable.map(({ file, reason }) => ({
    rule,
    severity,
    path: file,
    message: `this lock file cannot be read: ${printable(reason)}`,
    remedy: 'leasehold doctor --fix',
  }));
};

const judgeProposedOwners = (world: World): GuardFinding[] => {
  const rule = 'owners/invalid';
  const severity = severityOf(rule, world);
  if (severity === 'off') return [];
  const { proposedProblems } = world.question;
  return proposedProblems.map(({ path, line, message, suggestion }) => ({
    rule,
    severity,
    path,
    line,
    message: printable(message),
    remedy:
      suggestion === undefined
        ? 'mend the line: it is skipped as it is'
        : `write instead: ${printable(suggestion)}`,
  }));
};

/** An actor whom the config does not know is told once a verdict, not once a path. */
const foldUnknownActor = (findings: readonly GuardFinding[]): GuardFinding[] => {
  const rule = 'owners/unknown-actor';
  const unknown = findings.filter((finding) => finding.rule === rule);
  const [first] = unknown;
  if (!first || unknown.length === 1) return [...findings];
  const folded = { ...first, message: `${first.message} (and ${unknown.length - 1} more paths)` };
  return findings.flatMap((finding) => {
    if (finding.rule !== rule) return [finding];
    return finding === first ? [folded] : [];
  });
};

/** In a repository without config and without locks there is nothing to judge by. */
const isLeftAlone = ({ policy, ledger }: Question): boolean => {
  const hasLocks = ledger.grants.length + ledger.unreadable.length + ledger.ended.length > 0;
  return !policy.configured && !hasLocks;
};

const soften = (findings: readonly GuardFinding[]): GuardFinding[] =>
  findings.map((finding) => ({ ...finding, severity: 'warn' }));

/**
 * The verdict, as a pure function of its question: what each changed path comes to, in the order of the
 * paths, after what the ledger itself comes to. `guard.mode` softens all of it.
 */
export const judge = (
  question: Question,
  families: readonly (readonly Rule[])[] = FAMILIES,
): GuardFinding[] => {
  if (question.policy.mode === 'off' || isLeftAlone(question)) return [];
  const world = createWorld(question);
  const found = judgePaths(families, world);
  const findings = foldUnknownActor([
    ...(found ? judgeRecords(world) : []),
    ...(found ?? []),
    ...judgeProposedOwners(world),
  ]);
  return question.policy.mode === 'warn' ? soften(findings) : findings;
};
