import { isAbsolute, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { DENIED, type FileReader, type Files } from '../kit/files.ts';
import { shellCommand } from '../kit/quote.ts';
import type { IssueSettings } from './issue-calls.ts';
import type { LedgerPlace } from './ledger-remote-store.ts';
import { type Clone, type Reading, stateDirectory } from './load.ts';
import type { CompilePattern } from './scope.ts';
import { findMirrorAge, stampOf } from './sync-stamp.ts';

/** `clone.json`: what `init` fixed for this clone. `locks` is null for the place in the common dir. */
export type CloneSettings = {
  version: 1;
  store: 'file' | 'git' | 'github';
  /** Of the store `git`: the ref, and the remote where it is named. */
  ledger?: LedgerPlace;
  /** Of the store `github`: which issues of which repository are locks. */
  issues?: IssueSettings;
  /** Where the locks of the stores `file` and `git` are shown as issues. */
  mirror?: IssueSettings;
  locks: string | null;
  ignoreCase: boolean;
  /**
   * Set in a repository that others push to: it sees the records in `locks` and not how they came there, or,
   * with `owners`, no locks at all.
   */
  server?: 'locks' | 'owners';
};

const SETTINGS_FILE = 'clone.json';
const MAX_SETTINGS = 65_536;

const isLedgerPlace = (json: unknown): json is LedgerPlace => {
  const { ref, remote, maxStale } = (json ?? {}) as Record<string, unknown>;
  return (
    typeof ref === 'string' &&
    (remote === undefined || typeof remote === 'string') &&
    typeof maxStale === 'number'
  );
};

const isIssueSettings = (json: unknown): json is IssueSettings => {
  const { repository, label, api, maxStale } = (json ?? {}) as Record<string, unknown>;
  return (
    (repository === undefined || typeof repository === 'string') &&
    typeof label === 'string' &&
    typeof api === 'string' &&
    typeof maxStale === 'number'
  );
};

const hasStore = ({ store, ledger, issues }: Partial<CloneSettings>): boolean =>
  store === 'file' ||
  (store === 'git' && isLedgerPlace(ledger)) ||
  (store === 'github' && isIssueSettings(issues));

const isSettings = (json: unknown): json is CloneSettings => {
  const settings = json as Partial<CloneSettings> | null;
  return (
    typeof settings === 'object' &&
    settings !== null &&
    settings.version === 1 &&
    hasStore(settings) &&
    (settings.mirror === undefined || isIssueSettings(settings.mirror)) &&
    (settings.locks === null ||
      (typeof settings.locks === 'string' && isAbsolute(settings.locks))) &&
    typeof settings.ignoreCase === 'boolean' &&
    [undefined, 'locks', 'owners'].includes(settings.server)
  );
};

const parseSettings = (text: string): CloneSettings | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return isSettings(json) ? json : undefined;
  } catch {
    return undefined;
  }
};

const isOfLaterVersion = (text: string): boolean => {
  try {
    return (JSON.parse(text) as { version: number }).version > 1;
  } catch {
    return false;
  }
};

/** The settings of a clone; undefined where `init` has never run; throws `Undecided` where they are spoiled. */
export const loadSettings = (files: FileReader, commonDir: string): CloneSettings | undefined => {
  const path = join(stateDirectory(commonDir), SETTINGS_FILE);
  const content = files.read(path, MAX_SETTINGS);
  if (content.kind === 'gone') return undefined;
  const settings = content.kind === 'read' ? parseSettings(content.text) : undefined;
  if (settings) return settings;
  if (content.kind === 'read' && isOfLaterVersion(content.text)) {
    throw new Undecided(
      'min-version',
      `${path} is of a later leasehold`,
      'npm install --save-dev leasehold@latest',
    );
  }
  const isDenied = content.kind === 'refused' && content.reason === DENIED;
  throw new Undecided(
    'store-unreadable',
    `${path} says where the locks are, and cannot be read`,
    // Not written over: where it leads may be all that tells where the locks are.
    isDenied
      ? shellCommand('chmod u+rw', [path])
      : `${shellCommand('mv', [path, `${path}.spoiled`])} && leasehold init`,
  );
};

/** Writes the settings in one step; a reader sees the old ones or the new ones. */
export const saveSettings = (files: Files, commonDir: string, settings: CloneSettings): void => {
  const directory = stateDirectory(commonDir);
  const path = join(directory, SETTINGS_FILE);
  files.makeDirectory(directory);
  const fresh = `${path}.${process.pid}`;
  files.remove(fresh);
  files.create(fresh, `${JSON.stringify(settings, null, 2)}\n`);
  files.rename(fresh, path);
};

/** What is fetched has a place of its own: nothing of it may be taken for a lock of this clone. */
const mirrorOf = (state: string, { store }: CloneSettings): string =>
  store === 'file' ? state : join(state, 'mirror');

/**
 * Whether what the clone has of its locks is too old to go by. A clone's own locks never are; where they come
 * from a remote, its last answer counts.
 */
export const isStale = (
  { files, clock }: Reading,
  commonDir: string,
  settings: CloneSettings,
): boolean => {
  const { maxStale } = settings.ledger ?? settings.issues ?? {};
  if (maxStale === undefined) return false;
  const stamp = stampOf(mirrorOf(stateDirectory(commonDir), settings));
  return findMirrorAge(files, stamp, clock.now()) > maxStale;
};

/** Where a clone with these settings keeps what. Without `compile` its patterns are read out of tables. */
export const locateClone = (
  commonDir: string,
  settings: CloneSettings,
  compile?: CompilePattern,
): Clone => {
  const state = mirrorOf(stateDirectory(commonDir), settings);
  const locks = settings.locks ?? join(state, 'locks');
  return {
    places: {
      locks,
      isOutside: settings.locks !== null,
      claims: settings.locks ? `${locks}.claims` : join(state, 'claims'),
      tokens: join(state, 'tokens'),
      ended: join(state, 'ended'),
      queue: join(state, 'queue'),
      asks: join(state, 'asks'),
      quarantine: settings.locks ? `${locks}.quarantine` : join(state, 'quarantine'),
      index: join(state, 'locks.index'),
      drafts: join(state, 'drafts'),
      log: join(state, 'log.jsonl'),
      oldLogs: join(state, 'log'),
    },
    rule: { ignoreCase: settings.ignoreCase, ...(compile ? { compile } : {}) },
  };
};
