import type { LogEvent } from '../../src/locks/event.ts';
import { isCompaction, parseEvents, replaces } from '../../src/locks/ledger-message.ts';
import type { Edits, LedgerRepository, Pushed } from '../../src/locks/ledger-repository.ts';
import {
  EMPTY_SNAPSHOT,
  LOG_DIRECTORY,
  listLedgerFiles,
  parseState,
  STATE_FILE,
} from '../../src/locks/snapshot.ts';

type Commit = { parent: string | undefined; files: ReadonlyMap<string, string>; message: string };

/** A ledger whose remote is a variable: what clones share, without git. */
export type MemoryLedger = {
  /** Another clone's way in. */
  clone: () => LedgerRepository;
  tip: () => string | undefined;
  /** What happens at the next pushes instead: one answer each, `cut` after the remote has taken it. */
  faults: (Pushed | 'cut')[];
  /** Set while the remote does not answer. */
  isDown: boolean;
  /** Makes the remote's tip another one, whatever it is. */
  rewind: (commit: string | undefined) => void;
};

const apply = (files: ReadonlyMap<string, string>, edits: Edits): Map<string, string> => {
  const next = new Map(files);
  for (const [path, text] of edits) {
    if (text === null) next.delete(path);
    else next.set(path, text);
  }
  return next;
};

/** An empty one. */
export const createMemoryLedger = (): MemoryLedger => {
  const commits = new Map<string, Commit>();
  const texts = new Map<string, string>();
  const ids = new Map<string, string>();
  let tip: string | undefined;

  const idOf = (text: string): string => {
    const id = ids.get(text) ?? `blob-${ids.size}`;
    ids.set(text, id);
    texts.set(id, text);
    return id;
  };
  const commitOf = (id: string): Commit => {
    const commit = commits.get(id);
    if (!commit) throw new Error(`there is no commit ${id}`);
    return commit;
  };
  const load: LedgerRepository['load'] = (id) => {
    if (id === undefined) return EMPTY_SNAPSHOT;
    const { files } = commitOf(id);
    const state = parseState(files.get(STATE_FILE) ?? '');
    if (!state) throw new Error(`${id} is no ledger`);
    const lines = [...files].map(([path, text]) => ({
      mode: '100644',
      id: idOf(text),
      size: text.length,
      path,
    }));
    return { commit: id, state, files: listLedgerFiles(lines) };
  };
  const chain = (id: string | undefined): string[] =>
    id === undefined ? [] : [...chain(commitOf(id).parent), id];
  const write: LedgerRepository['write'] = (base, edits, { message, isRoot }) => {
    const id = `commit-${commits.size}`;
    const whole = base.commit === undefined ? new Map() : commitOf(base.commit).files;
    const kept = base.files.map(({ path }): [string, string] => [path, whole.get(path) ?? '']);
    const files = apply(isRoot ? new Map(kept) : whole, edits);
    commits.set(id, { parent: isRoot ? undefined : base.commit, files, message });
    return id;
  };
  const ledger: MemoryLedger = {
    faults: [],
    isDown: false,
    tip: () => tip,
    rewind: (commit) => {
      tip = commit;
    },
    clone: () => {
      let seen: string | undefined;
      const push: LedgerRepository['push'] = async (commit, expected) => {
        const fault = ledger.faults.shift();
        if (fault !== undefined && fault !== 'cut') return fault;
        if (ledger.isDown) return { failed: 'it is down' };
        if (tip !== expected && tip !== commit) return 'stale';
        tip = commit;
        return fault === 'cut' ? { failed: 'the connection was cut' } : 'taken';
      };
      return {
        seen: () => seen,
        advance: (from, to) => {
          if (seen !== from) return false;
          seen = to;
          return true;
        },
        load,
        read: () => texts,
        write,
        fetchTip: async () => (ledger.isDown ? { failed: 'it is down' } : { commit: tip }),
        push,
        contains: (from, commit) => {
          const history = chain(from);
          const [root = ''] = history;
          return history.includes(commit) || replaces(commitOf(root).message, commit);
        },
        continues: (from, commit) => {
          const [[root = ''], [known]] = [chain(from), chain(commit)];
          const isNew = root !== known && isCompaction(commitOf(root).message);
          return chain(from).includes(commit) || isNew;
        },
        listCommits: (from) => chain(from).reverse(),
        tidy: () => undefined,
        events: (): LogEvent[] => {
          const files = seen === undefined ? new Map<string, string>() : commitOf(seen).files;
          const parts = [...files].filter(([path]) => path.startsWith(`${LOG_DIRECTORY}/`));
          const messages = chain(seen).map((id) => commitOf(id).message);
          return [...parts.map(([, text]) => text), ...messages].flatMap(parseEvents);
        },
        line: 'memory',
        place: 'the ledger in memory',
        probe: 'look at it',
        forget: 'forget it',
      };
    },
  };
  return ledger;
};
