import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { Files } from '../kit/files.ts';
import { disclose, type KnowsEmail, listPrivate } from './disclosure.ts';
import type { LogEvent } from './event.ts';
import type { Grant } from './grant.ts';
import type { PageCache } from './host.ts';
import type { IssueLook, LocalSide } from './issue-context.ts';
import { isHandFile } from './issue-ledger.ts';
import type { StoredGrant } from './ledger.ts';
import { type Clone, readAroundGrants } from './load.ts';
import { appendEvents, readLog } from './log-store.ts';
import { applyMail } from './mail-store.ts';
import { readPrivate, writePrivate } from './mirror-store.ts';
import { serialiseGrant } from './record.ts';
import { createRecordMemory } from './record-memory.ts';
import { stampOf } from './sync-stamp.ts';

/** What the clone's side of the store needs of the world. */
export type LocalContext = {
  files: Files;
  clock: Clock;
  uniqueName: () => string;
  clone: Clone;
  knowsEmail: KnowsEmail;
};

const MAX_PAGES_TEXT = 64 * 1024 * 1024;

const stateOf = ({ clone }: LocalContext): string => join(clone.places.queue, '..');

/** Writes a file in one step. */
const replace = (context: LocalContext, path: string, text: string): void => {
  const { files, clone, uniqueName } = context;
  const draft = join(clone.places.drafts, uniqueName());
  files.makeDirectory(clone.places.drafts);
  files.create(draft, text);
  files.rename(draft, path);
};

/** Pages that the host has sent, kept for the next process. */
export const createPageCache = (context: LocalContext): PageCache => {
  const path = join(stateOf(context), 'pages.json');
  return {
    load: () => {
      const content = context.files.read(path, MAX_PAGES_TEXT);
      return content.kind === 'read' ? content.text : undefined;
    },
    save: (text) => replace(context, path, text),
  };
};

/** A grant with what only this clone knows of it. */
const withPrivate = <T extends Grant>(context: LocalContext, grant: T): T => ({
  ...grant,
  about: { ...grant.about, ...readPrivate(context.files, context.clone.places, grant.id) },
});

/** The records as gates read them: one file a grant, and one for each issue that cannot be read. */
const listRecordTexts = ({ ledger, locks }: IssueLook): Map<string, string> => {
  const texts = new Map<string, string>();
  const put = ({ file, ...grant }: StoredGrant) => texts.set(file, serialiseGrant(grant));
  for (const grant of ledger.grants) put(grant);
  for (const { kind, file, issue } of locks) {
    const isSpoiled = kind === 'unreadable' && issue.open;
    if (isSpoiled) texts.set(file, `issue #${issue.number} is no lock issue that can be read\n`);
  }
  return texts;
};

/** Of what is ours a name says all; what was opened by hand keeps its name when somebody edits it. */
const isEdited = ({ files }: LocalContext, path: string, text: string): boolean => {
  const content = files.read(path, text.length * 4 + 1);
  return content.kind !== 'read' || content.text !== text;
};

/** What is new comes in before anything goes: a path that is held never looks free. */
const keepFiles = (
  context: LocalContext,
  directory: string,
  texts: ReadonlyMap<string, string>,
): void => {
  const { files } = context;
  files.makeDirectory(directory);
  const listed = new Set(files.list(directory));
  for (const [name, text] of texts) {
    const path = join(directory, name);
    if (!listed.has(name)) files.create(path, text);
    else if (isHandFile(name) && isEdited(context, path, text)) replace(context, path, text);
  }
  for (const name of listed) if (!texts.has(name)) files.remove(join(directory, name));
};

/** So old has an event to be before it counts as one that nobody here has written, in milliseconds. */
const SETTLED = 60_000;

/** What others have claimed, as this clone's log tells of grants: commits are judged by it long after. */
const listForeignEvents = (
  { ledger, locks }: IssueLook,
  known: readonly LogEvent[],
): LogEvent[] => {
  const isKnown = ({ id, token }: Grant) =>
    known.some((event) => event.grant === id && event.token === token);
  return locks.flatMap((lock) => {
    if (lock.kind !== 'ours' || lock.body.state !== 'granted') return [];
    const { grant } = lock.body;
    if (ledger.now - lock.issue.createdAt < SETTLED || isKnown(grant)) return [];
    const { holder, id, token, claims, lockedAt, about } = grant;
    const event: LogEvent = {
      time: new Date(lockedAt).toISOString(),
      event: grant.rev > 1 ? 'extended' : 'claimed',
      holder,
      grant: id,
      ...(token === undefined ? {} : { token }),
      scopes: claims.map(({ scope, mode }) => ({ scope, mode })),
      ...(about.email === undefined ? {} : { email: about.email }),
    };
    return [event];
  });
};

/** The clone's own side: queue, asks and log in its files, and the ledger beside them for whoever only reads. */
export const createLocalSide = (context: LocalContext): LocalSide => {
  const { files, clock, clone, uniqueName } = context;
  const { places } = clone;
  const memory = createRecordMemory();
  const readQueue: LocalSide['readQueue'] = () => {
    const { waiting, asks } = readAroundGrants({ files, clock }, clone, memory);
    return { waiting, asks };
  };
  const writeEvents: LocalSide['writeEvents'] = (events) =>
    appendEvents(files, places, events, { now: clock.now(), uniqueName });
  return {
    readQueue,
    applyQueue: (plan) => applyMail(files, places, plan),
    describeQueue: () => files.list(places.queue).sort().join(),
    writeEvents,
    hide: (grant) => {
      const { about } = grant;
      writePrivate(context, grant.id, listPrivate(about));
      return { ...grant, about: disclose(about, context.knowsEmail) };
    },
    reveal: (grant) => withPrivate(context, grant),
    keep: (look) => {
      files.makeDirectory(places.drafts);
      keepFiles(context, places.locks, listRecordTexts(look));
      const notes = look.locks.flatMap((lock) =>
        lock.kind === 'ours' ? (lock.body.notes ?? []) : [],
      );
      keepFiles(context, places.ended, new Map(notes.map(({ file, text }) => [file, text])));
      const foreign = listForeignEvents(look, []);
      if (foreign.length > 0) writeEvents(listForeignEvents(look, readLog(files, places)));
      const stamp = stampOf(stateOf(context));
      if (!files.touch(stamp)) files.create(stamp, '');
    },
  };
};
