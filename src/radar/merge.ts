import { decodePath } from '../kit/paths.ts';

/** What merging two commits would come to. Of a conflict the tree has what git would leave in the files. */
export type Merge =
  | { kind: 'clean'; tree: string }
  | {
      kind: 'conflict';
      tree: string;
      /** path → git's own word for it: `contents`, `modify/delete`, `binary`, … */
      conflicts: ReadonlyMap<string, string>;
    }
  | { kind: 'failed'; reason: string; isUnrelated: boolean };

/** A walk over NUL-terminated fields; undefined at the end, or where the last field was never ended. */
const createReader = (output: Buffer) => {
  let at = 0;
  return (): Buffer | undefined => {
    const end = output.indexOf(0, at);
    if (end === -1) return undefined;
    const field = output.subarray(at, end);
    at = end + 1;
    return field;
  };
};

type Reader = ReturnType<typeof createReader>;

const readUntilEmpty = (read: Reader): Buffer[] | undefined => {
  const fields: Buffer[] = [];
  for (;;) {
    const field = read();
    if (!field) return undefined;
    if (field.length === 0) return fields;
    fields.push(field);
  }
};

/** `<number of paths> <path>… <type> <message>` each, up to the empty field; the message is not kept. */
const readMessages = (read: Reader): { paths: string[]; type: string }[] | undefined => {
  const messages: { paths: string[]; type: string }[] = [];
  for (;;) {
    const count = read();
    if (!count) return undefined;
    // After a conflict of submodules git prints its advice where the end is to be, and ends that.
    if (!/^\d+$/.test(count.toString())) return messages;
    const paths = Array.from({ length: Number(count.toString()) }, read);
    const [type, message] = [read(), read()];
    if (!type || !message || paths.includes(undefined)) return undefined;
    messages.push({
      paths: paths.map((path) => decodePath(path ?? Buffer.alloc(0))),
      type: type.toString(),
    });
  }
};

/** What is said of a conflict that git gives no word for. */
const PLAIN = 'contents';

const nameConflicts = (
  paths: readonly string[],
  messages: readonly { paths: string[]; type: string }[],
): Map<string, string> => {
  const conflicts = new Map(paths.map((path) => [path, PLAIN]));
  for (const { paths: told, type } of messages) {
    const word = /^CONFLICT \((.*)\)$/.exec(type)?.[1];
    if (word === undefined) continue;
    // The first word is the closest: `contents` follows many others.
    for (const path of told) if (conflicts.get(path) === PLAIN) conflicts.set(path, word);
  }
  return conflicts;
};

const readMerge = (read: Reader): Merge | undefined => {
  const [status, tree] = [read(), read()];
  if (!status || !tree) return undefined;
  if (status.toString() === '1') {
    const rest = readUntilEmpty(read);
    return rest && { kind: 'clean', tree: tree.toString() };
  }
  const files = readUntilEmpty(read);
  const messages = files && readMessages(read);
  if (!messages) return undefined;
  const conflicts = nameConflicts(files.map(decodePath), messages);
  return { kind: 'conflict', tree: tree.toString(), conflicts };
};

/** `git merge-tree --write-tree --stdin -z --name-only`: the merges that it got done, in order. */
export const parseMerges = (output: Buffer): Merge[] => {
  const read = createReader(output);
  const merges: Merge[] = [];
  for (let merge = readMerge(read); merge; merge = readMerge(read)) merges.push(merge);
  return merges;
};

/** The same of one merge that was asked for by itself: git says by its exit code how it went. */
export const parseMerge = (output: Buffer, isClean: boolean): Merge | undefined => {
  const status = Buffer.from(isClean ? '1\0' : '0\0');
  const end = Buffer.from('\0');
  return parseMerges(Buffer.concat([status, output, end]))[0];
};
