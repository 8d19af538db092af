import { findNearest } from '../kit/nearest.ts';
import type { Allowance, Entry, Statement, Surface } from './model.ts';
import { EXPORT_RULE_NAMES, type Remark } from './rules.ts';

/** A remark, with the reason that lets it through. */
export type Excused = { remark: Remark; reason: string | undefined };

/** A removal that a commit's trailer speaks of: `Export-Removed: name -- reason`. */
export type Trailer = { name: string; reason: string };

/** `name -- reason` a line, as commits have it behind `Export-Removed:`; without a reason it excuses nothing. */
export const parseTrailers = (lines: readonly string[]): Trailer[] =>
  lines.flatMap((line) => {
    const at = line.indexOf(' -- ');
    const [name, reason] = [line.slice(0, at).trim(), line.slice(at + 4).trim()];
    return at > 0 && name !== '' && reason !== '' ? [{ name, reason }] : [];
  });

const REMOVAL = /^exports\/removed:\s*(.+)$/;

/** A module as it is written in a name: `pkg/shapes.py` is `pkg::shapes`, as a Rust one is already. */
const spellModule = (module: string): string =>
  module.replace(/(?:\/(?:__init__|index))?\.\w+$/, '').replaceAll('/', '::');

/** `name`, or with its module before it as findings show it: `shapes.name`, `shapes::name`. */
const namesRemoval = (named: string, { name, module }: Remark): boolean =>
  named === name || `${spellModule(module)}::${name}`.endsWith(`::${named.replaceAll('.', '::')}`);

const isRemovalOf = (rule: string, remark: Remark): boolean => {
  const named = REMOVAL.exec(rule)?.[1]?.trim();
  return named !== undefined && namesRemoval(named, remark);
};

/** The allowances of a file in the order of their lines. */
type ByPath = ReadonlyMap<string, readonly Allowance[]>;

const groupByPath = (allowances: readonly Allowance[]): ByPath => {
  const groups = new Map<string, Allowance[]>();
  for (const allowance of allowances) {
    const group = groups.get(allowance.path) ?? [];
    if (group.push(allowance) === 1) groups.set(allowance.path, group);
  }
  for (const group of groups.values()) group.sort((a, b) => a.line - b.line);
  return groups;
};

/** Those on one of a statement's lines, or in the block right above it. */
const listCovering = (byPath: ByPath, { path, from, to }: Statement): Allowance[] => {
  const group = byPath.get(path) ?? [];
  let [low, high] = [0, group.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((group[middle]?.line ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const covering: Allowance[] = [];
  for (let at = low; (group[at]?.line ?? Number.POSITIVE_INFINITY) <= to; at += 1) {
    const allowance = group[at];
    if (allowance) covering.push(allowance);
  }
  return covering;
};

type Found = { allowance: Allowance; rule: string };

/** A removed name has no statement left to stand at: the whole file may speak of it, and the entry. */
const listAllowing = (
  byPath: ByPath,
  remark: Remark,
  rename: (path: string) => string,
): Found[] => {
  const { rule, statement, entry } = remark;
  const pick = (allowance: Allowance, fits: (rule: string) => boolean): Found[] =>
    allowance.rules.filter(fits).map((each) => ({ allowance, rule: each }));
  if (rule !== 'exports/removed') {
    return listCovering(byPath, statement).flatMap((each) => pick(each, (own) => own === rule));
  }
  const paths = new Set([rename(statement.path), entry.path]);
  const inFiles = [...paths].flatMap((path) => byPath.get(path) ?? []);
  return inFiles.flatMap((each) => pick(each, (own) => isRemovalOf(own, remark)));
};

/** What lets remarks through, and where a file of the base is now. */
export type Excuses = {
  allowances: readonly Allowance[];
  trailers: readonly Trailer[];
  rename: (path: string) => string;
};

const useKey = ({ path, line, column }: Allowance, rule: string): string =>
  `${path}:${line}:${column} ${rule}`;

/** Remarks with the reasons that let them through, and which allowances were of use. Without a reason none is. */
export const excuseRemarks = (
  remarks: readonly Remark[],
  { allowances, trailers, rename }: Excuses,
): { excused: Excused[]; used: ReadonlySet<string> } => {
  const used = new Set<string>();
  const byPath = groupByPath(allowances);
  const findReason = (remark: Remark): string | undefined => {
    const allowing = listAllowing(byPath, remark, rename);
    for (const { allowance, rule } of allowing) used.add(useKey(allowance, rule));
    const reason = allowing.find(({ allowance }) => allowance.reason !== undefined)?.allowance
      .reason;
    if (reason !== undefined || remark.rule !== 'exports/removed') return reason;
    return trailers.find(({ name }) => namesRemoval(name, remark))?.reason;
  };
  return { excused: remarks.map((remark) => ({ remark, reason: findReason(remark) })), used };
};

/** Why an allowance is of no use; undefined where it is, or may have been before its change went in. */
const explainUnused = (rule: string, isInBase: (name: string) => boolean): string | undefined => {
  const removed = REMOVAL.exec(rule)?.[1];
  if (removed !== undefined) {
    const last = removed.trim().split(/::|\./).at(-1) ?? '';
    return isInBase(last) ? `${removed.trim()} is not removed` : undefined;
  }
  if (rule === 'exports/narrowed') return undefined;
  if (EXPORT_RULE_NAMES.some((name) => name === rule)) return `${rule} finds nothing here`;
  const nearest = findNearest(rule, EXPORT_RULE_NAMES);
  return `there is no rule ${rule}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
};

/** Whether any module of the base has a name; listed when somebody asks. */
const createIsInBase = (base: readonly Surface[]): ((name: string) => boolean) => {
  let names: Set<string> | undefined;
  const list = (): Set<string> => {
    const modules = base.flatMap((surface) => [...surface.modules.values()]);
    return new Set(modules.flatMap(({ bindings }) => bindings.map(({ name }) => name)));
  };
  return (name) => {
    names ??= list();
    return names.has(name);
  };
};

const REASON = 'add the reason: leasehold: allow(RULE) -- reason';

/** What is wrong with the allowances themselves. `base` are the base's surfaces, or none. */
export const findSuppressions = (
  allowances: readonly Allowance[],
  used: ReadonlySet<string>,
  { base, entry }: { base: readonly Surface[]; entry: Entry },
): Remark[] => {
  const isInBase = createIsInBase(base);
  return allowances.flatMap((allowance): Remark[] => {
    const { path, line, column, rules, reason } = allowance;
    const statement = { path, line, column, from: line, to: line };
    const remark = (name: string, message: string, more: Partial<Remark>): Remark => ({
      rule: 'exports/suppression',
      statement,
      name,
      message,
      remedy: 'take it out',
      related: undefined,
      module: '',
      kind: '',
      target: '',
      entry,
      ...more,
    });
    const name = rules.join(', ');
    if (reason === undefined) {
      return [
        remark(name, `allow(${name}) gives no reason, and so allows nothing`, {
          kind: 'reason',
          remedy: REASON,
        }),
      ];
    }
    return rules
      .filter((rule) => !used.has(useKey(allowance, rule)))
      .flatMap((rule) => {
        const why = explainUnused(rule, isInBase);
        return why === undefined
          ? []
          : [
              remark(rule, `allow(${rule}) is of no use: ${why}`, {
                weight: 'warn',
                atMost: 'warn',
              }),
            ];
      });
  });
};
