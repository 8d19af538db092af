import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { FileContent, FileReader, Files } from '../kit/files.ts';
import { listPrivate, type PrivateNotes } from './disclosure.ts';
import type { GrantNotes } from './grant.ts';
import type { LedgerRepository } from './ledger-repository.ts';
import type { Clone, LockPlaces } from './load.ts';
import { readBeat } from './plan-edits.ts';
import { type LedgerFile, SECTIONS, type Section, type Snapshot } from './snapshot.ts';

/** What the mirror needs of the world. */
export type MirrorContext = {
  files: Files;
  clock: Clock;
  uniqueName: () => string;
  clone: Clone;
  repository: LedgerRepository;
};

const MAX_FILE = 4 * 1024 * 1024;
const TICKET_LIFE = 10_000;

/** What this clone keeps to itself, one small file a grant. */
const privateDirectory = ({ drafts }: LockPlaces): string => join(drafts, '..', 'private');
const privateFile = (places: LockPlaces, id: string): string =>
  join(privateDirectory(places), `${id}.json`);

const GRANT_ID = /^[A-Za-z0-9-]{1,64}$/;

/** What this clone keeps to itself of a grant; nothing where it was claimed elsewhere. */
export const readPrivate = (files: FileReader, places: LockPlaces, id: string): PrivateNotes => {
  if (!GRANT_ID.test(id)) return {};
  const content = files.read(privateFile(places, id), MAX_FILE);
  if (content.kind !== 'read') return {};
  try {
    return listPrivate(JSON.parse(content.text) as GrantNotes);
  } catch {
    // Torn by a crash: of no use, and nothing hangs on it but who this session has claimed as.
    return {};
  }
};

/** Kept before the grant is anybody's, so that no crash between leaves it without. */
export const writePrivate = (
  { files, clone: { places }, uniqueName }: Pick<MirrorContext, 'files' | 'clone' | 'uniqueName'>,
  id: string,
  notes: PrivateNotes,
): void => {
  if (Object.keys(notes).length === 0) return;
  files.makeDirectory(privateDirectory(places));
  files.makeDirectory(places.drafts);
  const draft = join(places.drafts, uniqueName());
  files.create(draft, `${JSON.stringify(notes)}\n`);
  files.rename(draft, privateFile(places, id));
};

/** The grant that a lock file's name is of. */
const grantOf = (name: string): string => name.split('.').at(-3) ?? '';

/** A record with what this clone knows besides: so readers see their own grants as they made them. */
const withPrivate = ({ files, clone }: MirrorContext, name: string, text: string): string => {
  const notes = readPrivate(files, clone.places, grantOf(name));
  if (Object.keys(notes).length === 0) return text;
  try {
    return `${JSON.stringify({ ...JSON.parse(text), ...notes })}\n`;
  } catch {
    return text;
  }
};

/** Why a file of the ledger is no record, where everybody who reads the mirror meets it. */
const render = (context: MirrorContext, file: LedgerFile, text: string | undefined): string => {
  if (file.problem !== undefined) return `${file.problem}\n`;
  return file.section === 'locks' ? withPrivate(context, file.name, text ?? '') : (text ?? '');
};

const isAlive = (text: string, now: number): boolean =>
  Math.abs(now - (readBeat(text) ?? 0)) < TICKET_LIFE;

const put = ({ files, clone, uniqueName }: MirrorContext, path: string, text: string): void => {
  const draft = join(clone.places.drafts, uniqueName());
  // It can be had again: to flush each file of a thousand to the disk would take a second.
  files.append(draft, text);
  files.rename(draft, path);
};

export type Listed = Record<Section, ReadonlySet<string>>;

/** The names that the mirror has. */
export const listMirror = ({ files, clone: { places } }: MirrorContext): Listed => {
  const list = (section: Section) => new Set(files.list(places[section]));
  return { locks: list('locks'), ended: list('ended'), queue: list('queue'), asks: list('asks') };
};

/** Tickets are written anew under their names, all else has one content for ever. */
const isToWrite = (file: LedgerFile, listed: Listed): boolean =>
  file.section === 'queue' || !listed[file.section].has(file.name);

const isAsWritten = ({ files }: MirrorContext, path: string, text: string): boolean => {
  const content = files.read(path, MAX_FILE);
  return content.kind === 'read' && content.text === text;
};

/**
 * Makes the mirror what one snapshot says: what is new comes in before anything goes, so that a path that is
 * held never looks free. A name that was listed before the last seen commit was read, and that the commit does
 * not have, was in an earlier one, and never comes back: to remove it is right, whoever else does the same.
 */
const materialise = (context: MirrorContext, snapshot: Snapshot, listed: Listed): void => {
  const { files, clock, repository, clone } = context;
  const { places } = clone;
  for (const directory of [places.drafts, ...SECTIONS.map((section) => places[section])]) {
    files.makeDirectory(directory);
  }
  const missing = snapshot.files.filter((file) => isToWrite(file, listed));
  const texts = repository.read(missing.filter(({ problem }) => !problem).map(({ id }) => id));
  const dead = new Set<string>();
  for (const file of missing) {
    const text = render(context, file, texts.get(file.id));
    const path = join(places[file.section], file.name);
    if (file.section !== 'queue') put(context, path, text);
    else if (!isAlive(text, clock.now())) dead.add(file.name);
    else if (!isAsWritten(context, path, text)) put(context, path, text);
  }
  for (const section of SECTIONS) {
    const kept = new Set(
      snapshot.files.flatMap((file) => (file.section === section ? [file.name] : [])),
    );
    const gone = [...listed[section]].filter((name) => !kept.has(name) || dead.has(name));
    for (const name of gone) files.remove(join(places[section], name));
  }
};

/** So often at most: others who see later commits bring the mirror further than this one needs it. */
const MAX_ROUNDS = 8;

/**
 * Brings the mirror to the last commit that this clone has seen, or further. `first` is that commit as it was
 * read after `listed`.
 */
export const refreshMirror = (context: MirrorContext, first: Snapshot, listed: Listed): void => {
  const { repository } = context;
  materialise(context, first, listed);
  let done = first.commit;
  for (let round = 1; round < MAX_ROUNDS; round += 1) {
    const names = listMirror(context);
    const commit = repository.seen();
    if (commit === done) return;
    materialise(context, repository.load(commit), names);
    done = commit;
  }
};

/** A snapshot as files that can be read: what the readers of a clone's own locks take. */
export const createSnapshotReader = (
  { files }: Snapshot,
  places: LockPlaces,
  repository: LedgerRepository,
): FileReader => {
  const texts = repository.read(files.filter(({ problem }) => !problem).map(({ id }) => id));
  const byPath = new Map(files.map((file) => [join(places[file.section], file.name), file]));
  const modifiedAt = (file: LedgerFile): number =>
    file.section === 'queue' ? (readBeat(texts.get(file.id) ?? '') ?? 0) : 0;
  const read: FileReader['read'] = (path): FileContent => {
    const file = byPath.get(path);
    if (!file) return { kind: 'gone' };
    const text = texts.get(file.id);
    if (file.problem === undefined && text !== undefined) {
      return { kind: 'read', text, modifiedAt: modifiedAt(file) };
    }
    return { kind: 'refused', reason: file.problem ?? 'it is not there', modifiedAt: 0 };
  };
  const list: FileReader['list'] = (directory) =>
    SECTIONS.filter((section) => places[section] === directory).flatMap((section) =>
      files.flatMap((file) => (file.section === section ? [file.name] : [])),
    );
  const readBytes: FileReader['readBytes'] = (path, most) => {
    const content = read(path, most);
    return content.kind === 'read' ? Buffer.from(content.text).subarray(0, most) : undefined;
  };
  return { list, read, readBytes };
};
