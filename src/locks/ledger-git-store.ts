import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { FileReader } from '../kit/files.ts';
import { createGit, decodeNames, type Git, leaveRepository, readLine } from '../kit/git.ts';
import { parseBatch } from '../kit/objects.ts';
import { encodePath } from '../kit/paths.ts';
import { printable, shellCommand, shellQuote } from '../kit/quote.ts';
import type { LogEvent } from './event.ts';
import { isCompaction, parseEvents, replaces } from './ledger-message.ts';
import { type LedgerPlace, openRemote, type RepositorySite } from './ledger-remote-store.ts';
import type { Edits, LedgerRepository } from './ledger-repository.ts';
import { applyEdits, LOG_DIRECTORY, type Snapshot } from './snapshot.ts';
import { createSnapshots, noLedger } from './snapshot-store.ts';

/** How many commits a compaction names: whoever does not know yet what came of their push finds it there. */
const MAX_NAMED = 1_000;

const SEEN = 'refs/leasehold/seen';

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})\n$/;

/**
 * The commit that a ref of the ledger's own repository names. Read as the file that it is until git packs it,
 * for to start git takes as long as all else that is done with it; git is asked where there is none.
 */
const readRef = (
  { files, directory }: { files: FileReader; directory: string },
  own: Git,
  ref: string,
): string | undefined => {
  const content = files.read(join(directory, ref), 128);
  const isLoose = content.kind === 'read' && OBJECT_ID.test(content.text);
  if (isLoose) return content.text.trimEnd();
  return readLine(own, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
};

/**
 * git in the ledger's own repository, where no setting, no hook and no variable of the user's has a say: the
 * objects of the ledger are no concern of theirs.
 */
const createPrivateGit = (commonDir: string, directory: string, env: NodeJS.ProcessEnv): Git =>
  createGit(commonDir, withoutRepository(env), {
    LC_ALL: 'C',
    GIT_DIR: directory,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '0',
    GIT_CONFIG_PARAMETERS: "'core.hooksPath=/dev/null'",
    GIT_NO_REPLACE_OBJECTS: '1',
    TZ: 'UTC',
  });

/** Nothing of the repository whose hook runs, of its quarantine above all, reaches another. */
export const withoutRepository = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...leaveRepository(env),
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_QUARANTINE_PATH: undefined,
  GIT_NAMESPACE: undefined,
  GIT_REFLOG_ACTION: undefined,
});

/** Makes the ledger's own repository, with objects as those of the clone are; made twice at once it is one. */
const makeRepository = ({ git }: RepositorySite, own: Git, directory: string): void => {
  const format = readLine(git, ['rev-parse', '--show-object-format']) ?? 'sha1';
  own.read(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, directory]);
};

const quoteBytes = (path: string): string => {
  const whole = encodePath(path);
  const bytes = typeof whole === 'string' ? Buffer.from(whole) : whole;
  const escaped = Array.from(bytes, (byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `"${escaped.join('')}"`;
};

const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

/** A ref that is there while the commit is made, and the id of nothing. */
type WriteNames = { draft: string; zero: string };

/** The stream that makes one commit and leaves no ref behind; the last word of its answer is the commit's id. */
const renderImport = (
  base: Snapshot,
  edits: Edits,
  { message, now, isRoot, ...names }: WriteNames & Parameters<LedgerRepository['write']>[2],
): string =>
  [
    `commit ${names.draft}\nmark :1\n`,
    `committer leasehold <leasehold@localhost> ${Math.floor(now / 1000)} +0000\n`,
    dataOf(message),
    ...(isRoot ? base.files.map(({ id, path }) => `M 100644 ${id} ${quoteBytes(path)}\n`) : []),
    base.commit === undefined || isRoot ? '' : `from ${base.commit}\n`,
    ...[...edits].map(([path, text]) =>
      text === null
        ? `D ${quoteBytes(path)}\n`
        : `M 100644 inline ${quoteBytes(path)}\n${dataOf(text)}`,
    ),
    `\nget-mark :1\nreset ${names.draft}\nfrom ${names.zero}\n\ndone\n`,
  ].join('');

/** What the tip keeps of commits that were compacted, then what each commit since tells. */
const readEvents = (own: Git): LogEvent[] => {
  const kept = own.run(['ls-tree', '-r', '-z', '--name-only', SEEN, '--', `${LOG_DIRECTORY}/`]);
  if (kept.code !== 0) return [];
  const parts = decodeNames(kept.stdout).sort();
  const questions = parts.map((path) => `${SEEN}:${path}\n`).join('');
  const logs = parts.length === 0 ? [] : parseBatch(own.read(['cat-file', '--batch'], questions));
  const messages = own.read(['log', '--reverse', '--topo-order', '--format=%B', SEEN]);
  const texts = [...logs.map((object) => object?.content.toString('utf8') ?? ''), String(messages)];
  return texts.flatMap(parseEvents);
};

/** The ledger in a ref of a remote: in a bare repository of its own below the clone's state. */
export const createLedgerRepository = (
  site: RepositorySite & { directory: string; uniqueName: () => string },
  place: LedgerPlace,
): LedgerRepository => {
  const { directory, uniqueName } = site;
  const own = createPrivateGit(site.commonDir, directory, site.env);
  const remote = openRemote({ ...site, directory }, place, withoutRepository(site.env));
  let isMade = false;
  const make = (): void => {
    const isThere = isMade || site.files.list(directory).includes('HEAD');
    if (!isThere) makeRepository(site, own, directory);
    isMade = true;
  };
  const { read, learn, load, know, isKnownAncestor } = createSnapshots(own, printable(place.ref));
  /** Refs of fetches that the last commit seen takes the place of. */
  let incoming: string[] = [];
  const describe = (): string => `${printable(place.ref)} at ${printable(remote.name())}`;
  const seen: LedgerRepository['seen'] = () => {
    make();
    return readRef(site, own, SEEN);
  };
  const update = (lines: readonly string[]): boolean =>
    own.run(['update-ref', '--stdin'], [...lines, ''].join('\n')).code === 0;
  /** One process where all goes well. Where it does not, no ref of a fetch is in the way of what was seen. */
  const follow = (lines: readonly string[]): boolean => {
    const outdated = incoming.map((ref) => `delete ${ref}`);
    incoming = [];
    if (update([...lines, ...outdated])) return true;
    for (const line of outdated) update([line]);
    return update(lines);
  };
  const advance: LedgerRepository['advance'] = (from, to) =>
    follow([`update ${SEEN} ${to} ${from ?? '0'.repeat(to.length)}`]);
  const write: LedgerRepository['write'] = (base, edits, about) => {
    make();
    const draft = `refs/drafts/${uniqueName()}`;
    const zero = '0'.repeat(base.commit?.length ?? 40);
    const stream = renderImport(base, edits, { ...about, draft, zero });
    const commit = own.read('fast-import --quiet --done'.split(' '), stream).toString().trim();
    const snapshot = applyEdits(base, edits, { commit, learn });
    if (snapshot) know(commit, snapshot, about.isRoot ? undefined : base.commit);
    return commit;
  };
  const fetchTip: LedgerRepository['fetchTip'] = async (limit) => {
    make();
    const into = `refs/incoming/${uniqueName()}`;
    const fetched = await remote.fetch(into, limit);
    if (fetched !== 'there') return fetched === 'none' ? { commit: undefined } : fetched;
    const commit = readRef(site, own, into);
    incoming.push(into);
    // What is new is about to be followed, and the ref goes with that.
    if (commit === undefined || commit === seen()) follow([]);
    if (commit === undefined) throw noLedger(describe());
    return { commit };
  };
  const rootOf = (tip: string): string => {
    const [root] = own.read(['rev-list', '--max-parents=0', tip]).toString().split('\n');
    return root ?? tip;
  };
  const isAncestor = (tip: string, commit: string): boolean =>
    own.run(['merge-base', '--is-ancestor', commit, tip]).code === 0;
  const messageOf = (commit: string): string =>
    own.read(['log', '-1', '--format=%B', commit]).toString();
  const contains: LedgerRepository['contains'] = (tip, commit) =>
    isAncestor(tip, commit) || replaces(messageOf(rootOf(tip)), commit);
  const continues: LedgerRepository['continues'] = (tip, commit) => {
    if (isKnownAncestor(tip, commit) || isAncestor(tip, commit)) return true;
    const root = rootOf(tip);
    return root !== rootOf(commit) && isCompaction(messageOf(root));
  };
  const listCommits: LedgerRepository['listCommits'] = (tip) =>
    own
      .read(['rev-list', `--max-count=${MAX_NAMED}`, tip])
      .toString()
      .trimEnd()
      .split('\n');
  return {
    seen,
    advance,
    listCommits,
    tidy: () => void own.run(['gc', '--auto', '--quiet']),
    load,
    read,
    write,
    fetchTip,
    push: remote.push,
    contains,
    continues,
    events: () => {
      make();
      return readEvents(own);
    },
    get line() {
      return hash('sha256', `${remote.url()}\n${place.ref}`).slice(0, 24);
    },
    get place() {
      return describe();
    },
    forget: shellCommand('rm -r', [directory]),
    get probe() {
      return `git ls-remote ${shellQuote(remote.name())} ${shellQuote(place.ref)}`;
    },
  };
};

/** Where the ledger's own repository lies, below the clone's state directory. */
export const ledgerDirectory = (state: string): string => join(state, 'ledger.git');
