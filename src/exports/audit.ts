import { findDuplicates, gatherWildcards } from './find-duplicates.ts';
import { findRemoved } from './find-removed.ts';
import { findStatements } from './find-statements.ts';
import type { Allowance, Surface } from './model.ts';
import { EXPORT_RULES, type ExportRule, type Remark, type Weight } from './rules.ts';
import { type Excused, excuseRemarks, findSuppressions, type Trailer } from './suppress.ts';

/** What a project sets. */
export type ExportSettings = {
  rules: Readonly<Partial<Record<ExportRule, Weight | 'off'>>>;
  /** Its own patterns of names of internal modules. */
  internal: readonly string[];
};

/** What is audited, and by which measure. */
export type AuditQuestion = {
  head: readonly Surface[];
  /** The surfaces of the same entries before; null for a full scan. */
  base: readonly Surface[] | null;
  settings: ExportSettings;
  /** Where a file of the base is now. */
  rename: (path: string) => string;
  trailers: readonly Trailer[];
  /** A range is what a pull request brings; whatever comes before that is still being worked on. */
  stage: 'work' | 'range';
  /** In a full scan: what is only told when it is new, too. */
  isWhole: boolean;
};

/** One verdict of the audit. Lines and columns count from 1. */
export type ExportFinding = {
  rule: ExportRule;
  severity: Weight;
  path: string;
  line: number;
  column: number;
  name: string;
  message: string;
  remedy: string;
  related?: { path: string; line: number; column: number; message: string };
  /** The reason for which it is let through; then it blocks nothing. */
  suppressed?: string;
};

/** What is only told of what is new. */
const NEW_ONLY = new Set<ExportRule>(['exports/wildcard', 'exports/split']);

/** A module by its file and its place in that, so that a file may move. */
type Normalise = (id: string) => string;

const createNormalise = (
  surfaces: readonly Surface[],
  rename: (path: string) => string,
): Normalise => {
  const paths = new Map<string, string>();
  const tops = new Map<string, string>();
  for (const { modules } of surfaces) {
    for (const { id, path } of modules.values()) {
      paths.set(id, path);
      if (id.length < (tops.get(path)?.length ?? Number.POSITIVE_INFINITY)) tops.set(path, id);
    }
  }
  return (id) => {
    const path = paths.get(id);
    if (path === undefined) return id;
    return `${rename(path)}#${id.slice(tops.get(path)?.length ?? 0)}`;
  };
};

type Fingerprint = (remark: Remark) => string;

const createFingerprint = (
  surfaces: readonly Surface[],
  rename: (path: string) => string,
): Fingerprint => {
  const normalise = createNormalise(surfaces, rename);
  return ({ rule, statement, module, name, kind, target }) => {
    const targets = target.split(/([ |])/).map(normalise);
    // However its path is written, a wildcard is what it takes the names of.
    const own = NEW_ONLY.has(rule) ? '' : name;
    return JSON.stringify([
      rule,
      rename(statement.path),
      normalise(module),
      own,
      kind,
      targets.join(''),
    ]);
  };
};

/** The same place told for two entries is one remark. */
const unite = (remarks: readonly Remark[]): Remark[] => {
  const seen = new Set<string>();
  return remarks.filter(({ rule, statement, name, kind }) => {
    const key = JSON.stringify([
      rule,
      statement.path,
      statement.line,
      statement.column,
      name,
      kind,
    ]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

const uniteAllowances = (surfaces: readonly Surface[]): Allowance[] => {
  const all = surfaces.flatMap(({ allowances }) => allowances);
  return [
    ...new Map(all.map((each) => [`${each.path}:${each.line}:${each.column}`, each])).values(),
  ];
};

/** Everything that can be said of one side by itself. */
const listRemarks = (surfaces: readonly Surface[], { settings }: AuditQuestion): Remark[] =>
  surfaces.flatMap((surface) => [
    ...findStatements(surface, settings.internal),
    ...findDuplicates(surface),
  ]);

type Side = { excused: Excused[] };

const judgeSide = (
  surfaces: readonly Surface[],
  remarks: readonly Remark[],
  question: AuditQuestion,
  base: readonly Surface[],
): Side => {
  const allowances = uniteAllowances(surfaces);
  const { trailers, rename } = question;
  const { excused, used } = excuseRemarks(unite(remarks), { allowances, trailers, rename });
  const entry = surfaces[0]?.entry;
  const own = entry ? findSuppressions(allowances, used, { base, entry }) : [];
  return { excused: [...excused, ...own.map((remark) => ({ remark, reason: undefined }))] };
};

/** What the base has too, one for one, is not new; what it excuses does not count there. */
const subtract = (
  head: Side,
  base: Side,
  of: { head: Fingerprint; base: Fingerprint },
): Excused[] => {
  const counts = new Map<string, number>();
  for (const { remark, reason } of base.excused) {
    const key = of.base(remark);
    if (reason === undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return head.excused.filter(({ remark }) => {
    const key = of.head(remark);
    const left = counts.get(key) ?? 0;
    counts.set(key, left - 1);
    return left <= 0;
  });
};

const weigh = (remark: Remark, { settings, base }: AuditQuestion): Weight | 'off' => {
  const { rule, weight, atMost } = remark;
  const set = settings.rules[rule];
  if (set === 'off') return 'off';
  if (atMost) return atMost;
  // A match of the project's own pattern that has been there is a warning like any other.
  const isOld = rule === 'exports/internal' && base === null;
  return set ?? (isOld ? undefined : weight) ?? EXPORT_RULES[rule].weight;
};

const toFinding = ({ remark, reason }: Excused, severity: Weight): ExportFinding => {
  const { rule, statement, name, message, remedy, related } = remark;
  const { path, line, column } = statement;
  const place = { path, line, column, name, message, remedy };
  return {
    rule,
    severity,
    ...place,
    ...(related ? { related } : {}),
    ...(reason === undefined ? {} : { suppressed: reason }),
  };
};

const inOrder = (a: ExportFinding, b: ExportFinding): number => {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  // What blocks comes first where several are told of one place.
  const [own, other] = [a, b].map(({ severity }) => (severity === 'error' ? 0 : 1));
  return a.line - b.line || a.column - b.column || (own ?? 0) - (other ?? 0);
};

/** Names that a range takes away from others' builds. */
const weighRemoval = (remark: Remark, stage: AuditQuestion['stage']): Remark => {
  const { isConfigured, isPublishable } = remark.entry;
  const isError = stage === 'range' && (isConfigured || isPublishable);
  return remark.rule === 'exports/removed' && isError ? { ...remark, weight: 'error' } : remark;
};

/** An entry that is no more has no names to compare. */
const tellGone = (before: Surface, { entry, root }: Surface): Remark => ({
  rule: 'exports/removed',
  statement: { path: before.entry.path, line: 1, column: 1, from: 1, to: 1 },
  name: entry.path,
  message: `the entry ${entry.path} is gone, with all its names`,
  remedy: 'bring it back, or say why in a trailer of the commit: Export-Removed: PATH -- reason',
  related: undefined,
  module: root,
  kind: 'entry',
  target: '',
  entry,
});

const findLosses = ({ head, base, stage }: AuditQuestion): Remark[] =>
  head.flatMap((surface) => {
    const before = base?.find(({ entry }) => entry.path === surface.entry.path);
    if (!before || surface.entry.isProgram) return [];
    const isGone = !surface.files.includes(surface.entry.path);
    const remarks = isGone ? [tellGone(before, surface)] : findRemoved(before, surface);
    return remarks.map((remark) => weighRemoval(remark, stage));
  });

/** Both sides, compared: what is new in the head, and what it has lost. Pure: trees were read before. */
export const auditSurfaces = (question: AuditQuestion): ExportFinding[] => {
  const { head, base, rename } = question;
  const remarks = [...listRemarks(head, question), ...findLosses(question)];
  const now = judgeSide(head, remarks, question, base ?? []);
  const told = base
    ? subtract(now, judgeSide(base, listRemarks(base, question), question, []), {
        head: createFingerprint(head, (path) => path),
        base: createFingerprint(base, rename),
      })
    : now.excused.filter(({ remark }) => question.isWhole || !NEW_ONLY.has(remark.rule));
  const findings = gatherWildcards(told).flatMap((excused) => {
    const severity = weigh(excused.remark, question);
    return severity === 'off' ? [] : [toFinding(excused, severity)];
  });
  return findings.sort(inOrder);
};
