import {
  type Audit,
  auditTrees,
  type ExportFinding,
  findAllEntries,
  isAuditable,
} from '../exports/index.ts';
import type { Config, Severity } from '../kit/config.ts';
import { Undecided } from '../kit/errors.ts';
import { CONFIG_FILE, comparePath } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { compileClaim, compilePattern, scopeCovers } from '../locks/index.ts';
import { openTexts } from './audit-base.ts';
import type { AuditSides } from './audit-sides.ts';
import type { Workspace } from './workspace.ts';

/** What an audit of two sides, or of one, came to. */
export type AuditOutcome = Audit & { entries: string[] };

/** An entry that neither side has is a mistake of the config's. */
const assertThere = ({ head, bases, name }: AuditSides, entries: readonly string[]): void => {
  const trees = [head, ...bases.map(({ tree }) => tree)];
  const lost = entries.find((path) => trees.every((tree) => tree.read(path) === undefined));
  if (lost === undefined) return;
  throw new Undecided(
    'config-invalid',
    `exports.entries names ${printable(lost)}, and ${name} has no such file`,
    `mend exports.entries in ${CONFIG_FILE}`,
  );
};

/** What is gone has no place of its own in the head; everything else is known by its place there. */
const keyOf = ({ rule, path, line, column, name }: ExportFinding): string => {
  const isLoss = rule === 'exports/removed' || rule === 'exports/narrowed';
  return JSON.stringify(isLoss ? [rule, name] : [rule, path, line, column, name]);
};

/** Changed is not carried: of a merge, what is new against each one of its parents. */
const newAgainstEvery = (audits: readonly Audit[]): ExportFinding[] => {
  const [first, ...others] = audits.map(({ findings }) => findings);
  const known = others.map((findings) => new Set(findings.map(keyOf)));
  return (first ?? []).filter((finding) => known.every((keys) => keys.has(keyOf(finding))));
};

/** Whether one of these scopes of the config covers a path. */
export const createCovers = (
  workspace: Workspace,
  scopes: readonly string[],
): ((path: string) => boolean) => {
  if (scopes.length === 0) return () => false;
  const { clone } = workspace;
  const rule = { ...clone.rule, compile: compilePattern };
  const claims = scopes.flatMap((text) => {
    const claim = compileClaim(text, 'write', rule);
    return 'refused' in claim ? [] : [claim];
  });
  return (path) =>
    claims.some(({ compiled }) => scopeCovers(compiled, comparePath(path, clone.rule)));
};

/** Audits what `sides` are, by a config. `isWhole` tells in a full scan what is otherwise told when it is new. */
export const auditSides = (
  workspace: Workspace,
  sides: AuditSides,
  { config, isWhole }: { config: Config; isWhole: boolean },
): AuditOutcome => {
  const { head, bases, readTrailers, stage } = sides;
  const { entries: configured, rules, internal } = config.exports;
  assertThere(sides, configured);
  const settings = { rules: rules as Readonly<Record<string, Severity>>, internal };
  const against = bases.length > 0 ? bases.map(({ tree }) => tree) : [null];
  const { kept: scans } = openTexts(workspace);
  const audits = against.map((base) => {
    const entries = findAllEntries(head, base, configured, scans);
    const trailers = entries.length > 0 ? readTrailers() : [];
    const question = { head, base, entries, settings, trailers, stage, isWhole };
    const found = auditTrees({ ...question, scans });
    return { ...found, entries: entries.map(({ path }) => path) };
  });
  // What is never judged is not judged here either.
  const isExempt = createCovers(workspace, config.guard.exempt);
  const listAll = <Key extends 'entries' | 'notJudged' | 'files' | 'faults' | 'unavailable'>(
    key: Key,
  ): string[] => [...new Set(audits.flatMap((audit) => audit[key]))];
  return {
    findings: newAgainstEvery(audits).filter(({ path }) => !isExempt(path)),
    entries: listAll('entries'),
    notJudged: [...configured.filter((path) => !isAuditable(path)), ...listAll('notJudged')],
    files: listAll('files'),
    faults: listAll('faults'),
    unavailable: listAll('unavailable'),
  };
};
