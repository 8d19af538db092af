import { findNearest } from '../kit/nearest.ts';
import { groupBy } from './groups.ts';
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

/** Every way to name a removal: `name`, or with its module before it as findings show it, `shapes::name`. */
const listSpellings = ({ name, module }: Remark): string[] => {
  const spelled = `${spellModule(module)}::${name}`;
  const spellings = new Set([name, spelled]);
  for (let at = spelled.indexOf('::'); at !== -1; at = spelled.indexOf('::', at + 2)) {
    spellings.add(spelled.slice(at + 2));
  }
  return [...spellings];
};

/** What lets remarks through: why, if anybody says so, and what has been of use then. */
type Permit = { reason: string | undefined; uses: readonly string[] };

/** Permits of removals by what is removed. */
type Removals = ReadonlyMap<string, Permit>;

type Named = { name: string; reason: string | undefined; use: string };

const toPermit = (named: readonly Pick<Named, 'reason' | 'use'>[]): Permit => ({
  reason: named.find(({ reason }) => reason !== undefined)?.reason,
  uses: named.map(({ use }) => use),
});

/** `shapes.name` is `shapes::name`. */
const indexRemovals = (named: readonly Named[]): Removals => {
  const spelled = named.flatMap((each) =>
    [...new Set([each.name, each.name.replaceAll('.', '::')])].map((name) => ({ ...each, name })),
  );
  const groups = groupBy(spelled, ({ name }) => name);
  return new Map([...groups].map(([name, group]) => [name, toPermit(group)]));
};

const useKey = ({ path, line, column }: Allowance, rule: string): string =>
  `${path}:${line}:${column} ${rule}`;

/** The allowances of a file in the order of their lines, and what they say of removals. */
type Allowed = { allowances: readonly Allowance[]; removals: Removals };

const listRemovals = (allowance: Allowance): Named[] =>
  allowance.rules.flatMap((rule) => {
    const name = REMOVAL.exec(rule)?.[1]?.trim();
    const { reason } = allowance;
    return name === undefined ? [] : [{ name, reason, use: useKey(allowance, rule) }];
  });

const indexAllowances = (allowances: readonly Allowance[]): ReadonlyMap<string, Allowed> => {
  const groups = groupBy(allowances, ({ path }) => path);
  return new Map(
    [...groups].map(([path, group]) => {
      const ordered = group.sort((a, b) => a.line - b.line);
      const removals = indexRemovals(ordered.flatMap(listRemovals));
      return [path, { allowances: ordered, removals }];
    }),
  );
};

/** Those on one of a statement's lines, or in the block right above it. */
const listCovering = (
  group: readonly Allowance[],
  { from, to }: Pick<Statement, 'from' | 'to'>,
): Allowance[] => {
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

/** What lets remarks through, and where a file of the base is now. */
export type Excuses = {
  allowances: readonly Allowance[];
  trailers: readonly Trailer[];
  rename: (path: string) => string;
};

/** Finds what speaks of a remark. A statement is looked at once a rule, however many names it has. */
const createPermits = ({ allowances, trailers, rename }: Excuses) => {
  const byPath = indexAllowances(allowances);
  const byTrailer = indexRemovals(trailers.map((each) => ({ ...each, use: '' })));
  const covering = new Map<string, Permit>();

  const readCovering = (rule: string, statement: Statement): Permit => {
    const all = listCovering(byPath.get(statement.path)?.allowances ?? [], statement);
    const own = all.filter(({ rules }) => rules.includes(rule));
    return toPermit(own.map((each) => ({ reason: each.reason, use: useKey(each, rule) })));
  };

  const findCovering = ({ rule, statement }: Remark): Permit => {
    const key = `${statement.from} ${statement.to} ${rule} ${statement.path}`;
    const known = covering.get(key) ?? readCovering(rule, statement);
    covering.set(key, known);
    return known;
  };

  /** A removed name has no statement left to stand at: the whole file may speak of it, and the entry. */
  const listRemoving = (remark: Remark): Permit[] => {
    const paths = new Set([rename(remark.statement.path), remark.entry.path]);
    const inFiles = [...paths].map((path) => byPath.get(path)?.removals);
    const spellings = listSpellings(remark);
    return [...inFiles, byTrailer].flatMap((removals) =>
      removals ? spellings.flatMap((spelling) => removals.get(spelling) ?? []) : [],
    );
  };

  return (remark: Remark): readonly Permit[] =>
    remark.rule === 'exports/removed' ? listRemoving(remark) : [findCovering(remark)];
};

/** Remarks with the reasons that let them through, and which allowances were of use. Without a reason none is. */
export const excuseRemarks = (
  remarks: readonly Remark[],
  excuses: Excuses,
): { excused: Excused[]; used: ReadonlySet<string> } => {
  const listPermits = createPermits(excuses);
  const found = new Set<Permit>();
  const findReason = (remark: Remark): string | undefined => {
    const permits = listPermits(remark);
    for (const permit of permits) found.add(permit);
    return permits.find(({ reason }) => reason !== undefined)?.reason;
  };
  const excused = remarks.map((remark) => ({ remark, reason: findReason(remark) }));
  return { excused, used: new Set([...found].flatMap(({ uses }) => uses)) };
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
