import { Undecided } from '../kit/errors.ts';
import { decodeNames, type Git } from '../kit/git.ts';
import { parseBatch } from '../kit/objects.ts';
import type { LedgerRepository } from './ledger-repository.ts';
import {
  EMPTY_SNAPSHOT,
  type LedgerFile,
  listLedgerFiles,
  parseState,
  parseTreeLines,
  SECTIONS,
  type Snapshot,
  STATE_FILE,
} from './snapshot.ts';

/** So many commits back a reading of a commit also tells what it goes on from. */
const STEPS_BACK = 12;

/** Up to so many texts that are new are read with the state; more of them when somebody asks. */
const FEW = 64;

export const noLedger = (place: string): Undecided =>
  new Undecided(
    'store-unreadable',
    `${place} is no ledger of leasehold`,
    'give locks.ref the name of a ref that nothing else uses',
  );

/** Texts by id, each asked for once; one that was written here goes by an id of ours. */
const createTexts = (own: Git) => {
  const texts = new Map<string, string>();
  let written = 0;
  const learn = (text: string): string => {
    written += 1;
    texts.set(`written-${written}`, text);
    return `written-${written}`;
  };
  /** Asks for these objects; returns the commits among them. */
  const ask = (names: readonly string[]): string[] => {
    const output = own.read(['cat-file', '--batch'], `${names.join('\n')}\n`);
    const objects = parseBatch(output).filter((object) => object !== undefined);
    for (const { id, type, content } of objects) {
      if (type === 'blob') texts.set(id, content.toString('utf8'));
    }
    return objects.flatMap(({ id, type }) => (type === 'commit' ? [id] : []));
  };
  const listUnknown = (ids: readonly string[]): string[] =>
    [...new Set(ids)].filter((id) => !texts.has(id));
  const read: LedgerRepository['read'] = (ids) => {
    const unknown = listUnknown(ids);
    if (unknown.length > 0) ask(unknown);
    return texts;
  };
  return { read, learn, ask, listUnknown };
};

/** The ledgers of single commits, as the ledger's own repository has them; each is read once. */
export const createSnapshots = (own: Git, place: string) => {
  const { read, learn, ask, listUnknown } = createTexts(own);
  const known = new Map<string, Snapshot>();
  const ancestors = new Map<string, ReadonlySet<string>>();

  /** A commit's state; asked with it, for each question is a process: what else is new, and what came before. */
  const readState = (commit: string, id: string, files: readonly LedgerFile[]) => {
    const fresh = listUnknown(files.flatMap((file) => (file.problem ? [] : [file.id])));
    const back = Array.from({ length: STEPS_BACK }, (_, steps) => `${commit}~${steps + 1}`);
    const asked = [...listUnknown([id]), ...(fresh.length <= FEW ? fresh : []), ...back];
    ancestors.set(commit, new Set(ask(asked)));
    return parseState(read([id]).get(id) ?? '');
  };
  const look = (commit: string): Snapshot => {
    const paths = [STATE_FILE, ...SECTIONS];
    const listed = own.run(['ls-tree', '-r', '-l', '-z', '--full-tree', commit, '--', ...paths]);
    if (listed.code !== 0) throw noLedger(place);
    const lines = parseTreeLines(decodeNames(listed.stdout));
    const line = lines.find(({ path }) => path === STATE_FILE);
    const isSmall = line !== undefined && line.mode === '100644' && line.size < 4096;
    const files = listLedgerFiles(lines);
    const state = isSmall ? readState(commit, line.id, files) : undefined;
    if (!state) throw noLedger(place);
    return { commit, state, files };
  };
  return {
    read,
    learn,
    load: (commit: string | undefined): Snapshot => {
      if (commit === undefined) return EMPTY_SNAPSHOT;
      const snapshot = known.get(commit) ?? look(commit);
      known.set(commit, snapshot);
      return snapshot;
    },
    /** What was written here, upon `base`, need not be read. */
    know: (commit: string, snapshot: Snapshot, base: string | undefined): void => {
      known.set(commit, snapshot);
      ancestors.set(commit, new Set(base === undefined ? [] : [base]));
    },
    /** True where a commit came before; false where that would have to be asked. */
    isKnownAncestor: (tip: string, commit: string): boolean =>
      ancestors.get(tip)?.has(commit) === true,
  };
};
