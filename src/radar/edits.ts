import { splitFields } from '../guard/index.ts';
import { decodePath } from '../kit/paths.ts';

/** What a change makes of a path: its mode and blob, or nothing where it is deleted. */
export type Version = string;

export const DELETED: Version = '';

/** One path between two trees, or in a commit. */
export type Edit = { path: string; version: Version; isAdded: boolean };

/** One path of a worktree that differs from what is committed there. */
export type UncommittedPath = {
  path: string;
  isAdded: boolean;
  isDeleted: boolean;
  /** In conflict: the index has it several times. */
  isUnmerged: boolean;
};

/** A commit that the base does not have; `at` in milliseconds since 1970. */
export type Commit = { id: string; parents: string[]; email: string | undefined; at: number };

const ABSENT = /^0+$/;

/** `:100644 100644 <old> <new> M`, with one more `:`, mode and id for each further parent of a merge. */
const parseEntry = (meta: string, path: Uint8Array): Edit => {
  const words = meta.replace(/^:+/, '').split(' ');
  const sides = words.length >> 1;
  const [mode = '', id = ''] = [words[sides - 1], words.at(-2)];
  return {
    path: decodePath(path),
    version: ABSENT.test(mode) ? DELETED : `${mode} ${id}`,
    isAdded: /^A+$/.test(words.at(-1) ?? ''),
  };
};

const toText = (field: Uint8Array | undefined): string =>
  Buffer.from(field ?? []).toString('latin1');

/**
 * `diff-tree --stdin -z --raw --no-abbrev` by what it says before each group: a commit's id, or the ids of two trees
 * with a blank between. A path is always the field after an entry, so no name passes for anything else.
 */
export const parseEdits = (output: Buffer): Map<string, Edit[]> => {
  const groups = new Map<string, Edit[]>();
  const fields = splitFields(output);
  let group: Edit[] = [];
  for (let index = 0; index < fields.length; index += 1) {
    // A pair of trees ends with a newline, and one without a difference is followed by the next.
    for (const part of toText(fields[index]).split('\n')) {
      if (part.startsWith(':')) {
        index += 1;
        group.push(parseEntry(part, fields[index] ?? new Uint8Array()));
      } else if (part !== '') {
        group = groups.get(part) ?? [];
        groups.set(part, group);
      }
    }
  }
  return groups;
};

const UNMERGED_WORDS = 10;
const CHANGED_WORDS = 8;

const parseStatusLine = (field: Uint8Array): UncommittedPath | undefined => {
  const [kind, , ...states] = toText(field.subarray(0, 4));
  const rest = (words: number): string => {
    let at = 0;
    for (let count = 0; count < words; count += 1) at = field.indexOf(0x20, at) + 1;
    return decodePath(field.subarray(at));
  };
  if (kind === 'u') {
    const path = rest(UNMERGED_WORDS);
    return { path, isAdded: false, isDeleted: false, isUnmerged: true };
  }
  if (kind === '1') {
    const isDeleted = states[1] === 'D' || states.join('') === 'D.';
    const isAdded = !isDeleted && states.includes('A');
    return { path: rest(CHANGED_WORDS), isAdded, isDeleted, isUnmerged: false };
  }
  if (kind !== '?') return undefined;
  const path = rest(1);
  // A repository inside the worktree that it is no part of.
  if (path.endsWith('/')) return undefined;
  return { path, isAdded: true, isDeleted: false, isUnmerged: false };
};

/** `git status --porcelain=v2 -z --no-renames --untracked-files=all`. */
export const parseStatus = (output: Buffer): UncommittedPath[] =>
  splitFields(output)
    .map(parseStatusLine)
    .filter((path) => path !== undefined);

/** `git log --format='%H %ct <%ce> %P'`. */
export const parseCommits = (output: string): Commit[] =>
  output.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+) (\d+) <(.*)> ([0-9a-f ]*)$/.exec(line);
    if (!match) return [];
    const [, id = '', seconds = '', email = '', parents = ''] = match;
    return [
      {
        id,
        parents: parents.split(' ').filter((parent) => parent !== ''),
        email: email.trim() === '' ? undefined : email.trim(),
        at: Number(seconds) * 1000,
      },
    ];
  });
