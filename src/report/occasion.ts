import type { Judgement } from '../guard/index.ts';

/** What was judged, and how its report is read. */
export type Occasion = {
  /** `commit`, `push of main`, … */
  name: string;
  /** Where the reader stands, relative to the top, with a trailing slash, or empty. */
  prefix: string;
  /** Whether every path and every remark is told. */
  verbose?: boolean;
  /** Whoever reads it is not who the gate runs as: on a server nobody is told who they are. */
  isForOthers?: boolean;
  /** How the reader gets to see all of it, in words; by the environment unless given. */
  again?: string;
};

/** git lets nobody give its hooks an option. */
export const AGAIN = 'set LEASEHOLD_VERBOSE=1 and run the same git command again';

/**
 * An occasion whose report a hook prints. `leasehold check` would say the same of a plain commit alone: it
 * looks at the index, and git gives `commit -a` and `commit PATH` another one, in a lock file of its own.
 */
export const inHook = (
  occasion: Occasion,
  env: Readonly<Record<string, string | undefined>>,
  { canSplit }: Pick<Judgement, 'canSplit'>,
): Occasion => ({
  ...occasion,
  verbose: (env.LEASEHOLD_VERBOSE ?? '') !== '',
  ...(canSplit && !env.GIT_INDEX_FILE?.endsWith('.lock')
    ? { again: 'leasehold check --verbose' }
    : {}),
});
