import type { ListedReexport, Statement, Surface } from './model.ts';
import { isInternal } from './patterns.ts';
import type { Remark } from './rules.ts';

type About = Pick<Remark, 'rule' | 'name' | 'message' | 'remedy'> & { statement: Statement };

const toRemark = (surface: Surface, about: About, more: Partial<Remark> = {}): Remark => ({
  related: undefined,
  module: surface.root,
  kind: '',
  target: '',
  entry: surface.entry,
  ...about,
  ...more,
});

const allow = (rule: string): string => `leasehold: allow(${rule}) -- reason`;

const findWildcards = (surface: Surface): Remark[] =>
  surface.wildcards.map(({ statement, module, name, target }) =>
    toRemark(
      surface,
      {
        rule: 'exports/wildcard',
        statement,
        name,
        message: `${name} exports whatever is public there, now and later`,
        remedy: `export the names that are meant, or say why: ${allow('exports/wildcard')}`,
      },
      { module, target },
    ),
  );

const findInternals = (surface: Surface, patterns: readonly string[]): Remark[] =>
  surface.candidates.flatMap(({ statement, module, name, segments }) => {
    const match = isInternal(segments, patterns);
    if (!match) return [];
    const about: About = {
      rule: 'exports/internal',
      statement,
      name,
      message: `${name} is public and looks internal (${match.pattern})`,
      remedy: 'make it private, hide it from the docs, or export from it what is meant',
    };
    const weight = match.isConfigured ? { weight: 'error' as const } : {};
    return [toRemark(surface, about, { module, ...weight })];
  });

const findUnresolved = (surface: Surface): Remark[] =>
  surface.unresolved.map(({ statement, module, name, reason }) =>
    toRemark(
      surface,
      {
        rule: 'exports/unresolved',
        statement,
        name,
        message: `${name} leads nowhere: ${reason}`,
        remedy: 'take it out, or bring back what it names',
      },
      { module },
    ),
  );

const findConflicts = (surface: Surface): Remark[] =>
  surface.conflicts.map(({ statement, module, name, paths }) =>
    toRemark(
      surface,
      {
        rule: 'exports/module-conflict',
        statement,
        name,
        message: `module ${name} has two files: ${paths.join(' and ')}`,
        remedy: 'merge them into one, and remove the other',
      },
      { module },
    ),
  );

const findFaults = (surface: Surface): Remark[] =>
  surface.faults.map(({ path, line, column, reason }) =>
    toRemark(surface, {
      rule: 'exports/unparsable',
      statement: { path, line, column, from: line, to: line },
      name: '',
      message: `cannot be parsed (${reason}), so its names are not known`,
      remedy: 'mend the file; what it exports is judged then',
    }),
  );

/** Of the statements that re-export from one module in one place all but the first. */
const findSplits = (surface: Surface): Remark[] => {
  const first = new Map<string, ListedReexport>();
  const told = new Set<string>();
  return surface.reexports.flatMap((each) => {
    const { statement, module, name, target, tree } = each;
    const key = JSON.stringify([statement.path, module, target]);
    const earlier = first.get(key);
    const own = `${key} ${tree}`;
    if (!earlier) first.set(key, each);
    if (!earlier || earlier.tree === tree || told.has(own)) return [];
    told.add(own);
    const about: About = {
      rule: 'exports/split',
      statement,
      name,
      message: `line ${earlier.statement.line} re-exports from ${name} too`,
      remedy: 'make them one statement',
    };
    return [toRemark(surface, about, { module, target })];
  });
};

/** What can be said of the statements of one surface, each by itself. `patterns` are the config's own. */
export const findStatements = (surface: Surface, patterns: readonly string[]): Remark[] => [
  ...findFaults(surface),
  ...findConflicts(surface),
  ...findUnresolved(surface),
  ...findWildcards(surface),
  ...(surface.entry.isProgram ? [] : findInternals(surface, patterns)),
  ...findSplits(surface),
];
