import { type Actor, listPossibleHolders, resolveActor } from '../guard/index.ts';
import { systemClock } from '../kit/clock.ts';
import { systemReader } from '../kit/files.ts';
import { comparePath } from '../kit/paths.ts';
import {
  type Clone,
  type CloneSettings,
  hasMail,
  hasTidings,
  isStale,
  type Ledger,
  listActive,
  loadBinding,
  loadSettings,
  locateClone,
  readGrants,
} from '../locks/index.ts';

/** Where a hook's guard runs, and what git told it of who commits here. */
type Stage = {
  commonDir: string;
  gitDir: string;
  env: Readonly<Record<string, string | undefined>>;
  email: string | undefined;
};

/** Who acts, and what binds near the paths that are judged. */
export type Scene = { settings: CloneSettings; clone: Clone; ledger: Ledger; actor: Actor };

/**
 * The scene of a verdict about these paths; undefined where it is the command's: nobody has set this clone up,
 * nobody acts, or somebody has to be told something, which the command does, as it renews what they use.
 */
export const readScene = (
  { commonDir, gitDir, env, email }: Stage,
  paths: readonly string[],
): Scene | undefined => {
  const settings = loadSettings(systemReader, commonDir);
  const io = { files: systemReader, clock: systemClock };
  if (!settings || isStale(io, commonDir, settings)) return undefined;
  const clone = locateClone(commonDir, settings);
  const findBound = () => loadBinding(systemReader, gitDir)?.holder;
  const signs = { as: undefined, env, email, findBound };
  const keys = paths.map((path) => comparePath(path, clone.rule));
  const ledger = readGrants(io, clone, { paths: keys, ...listPossibleHolders(signs) });
  const actor = resolveActor({ ...signs, grants: listActive(ledger) });
  // The command knows, too, whether somebody whom nothing names has been told how to be.
  const { holder } = actor;
  if (holder === undefined || hasTidings(ledger, holder) || hasMail(io, clone.places, holder)) {
    return undefined;
  }
  return { settings, clone, ledger, actor };
};
