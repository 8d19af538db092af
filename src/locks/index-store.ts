import { join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import type { FileReader } from '../kit/files.ts';
import { listBelow } from './below.ts';
import { isOurs } from './grant.ts';
import { createGrantIndex } from './grant-index.ts';
import type { Ledger, StoredGrant } from './ledger.ts';
import { type Clone, NOTHING_ELSE, type Reading, readRecords, splitRevisions } from './load.ts';
import {
  countOutOfStep,
  type Near,
  parseIndex,
  type RecordIndex,
  readNear,
  renderIndex,
} from './record-index.ts';
import type { StoreContext } from './settle-store.ts';

const MAX_INDEX = 64 * 1024 * 1024;

/** So few records are as quick to read, and so far the index may be behind. */
const FEW_RECORDS = 32;

/** The index of the records, if there is one that can be used. */
const loadIndex = (files: FileReader, { places, rule }: Clone): RecordIndex | undefined => {
  const bytes = files.readBytes(places.index, MAX_INDEX);
  return bytes && parseIndex(bytes, rule);
};

/** These records as the index, in one step: a reader finds the old one or the new one. */
const writeIndex = (context: StoreContext, records: readonly StoredGrant[]): void => {
  const { files, clone, uniqueName } = context;
  const { index, drafts } = clone.places;
  const draft = join(drafts, uniqueName());
  files.makeDirectory(drafts);
  files.create(draft, renderIndex(records, clone.rule));
  files.rename(draft, index);
};

/**
 * Writes the index anew where it is further behind of what this process has read than a few records. The
 * index saves time; where it cannot be written, whoever reads the records comes to the same without.
 */
export const keepIndex = (context: StoreContext): void => {
  const { memory, files, clone } = context;
  const version = memory.version();
  if ((memory.listed() ?? []).length <= FEW_RECORDS) return;
  if (version - (context.indexed ?? Number.NEGATIVE_INFINITY) <= FEW_RECORDS) return;
  try {
    const records = [...memory.grants(), ...memory.superseded()].filter(isOurs);
    const index = loadIndex(files, clone);
    const names = records.map(({ file }) => file).sort();
    const behind = index ? countOutOfStep(names, index) : Number.POSITIVE_INFINITY;
    if (behind > FEW_RECORDS) writeIndex(context, records);
    context.indexed = behind > FEW_RECORDS ? version : version - behind;
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
};

/**
 * One reading of the grants that a verdict may hang on, and not of what is on its way in, notes and mail. With
 * an index that can be used only the records that it points to are read, and those that it does not know. A path
 * with a slash behind it stands for what lies below it too, of which the index knows nothing: then all are read.
 */
export const readGrants = (io: Reading, clone: Clone, near: Near): Ledger => {
  let records: StoredGrant[] = [];
  const isDeep = near.paths.some((path) => path.endsWith('/'));
  const unreadable = readRecords(io, clone, (files, read) => {
    const index = files.length > FEW_RECORDS && !isDeep ? loadIndex(io.files, clone) : undefined;
    records = index
      ? readNear(files, index, near, read)
      : files.map(read).filter((record) => record !== undefined);
  });
  const { grants, superseded } = splitRevisions(records);
  const byPlace = createGrantIndex();
  grants.forEach(byPlace.add);
  return {
    ...NOTHING_ELSE,
    now: io.clock.now(),
    rule: clone.rule,
    grants,
    near: () => grants,
    above: byPlace.above,
    below: (path, wanted) => listBelow(grants, path, wanted),
    heldBy: (holder) => grants.filter((grant) => grant.holder === holder),
    superseded,
    unreadable,
  };
};
