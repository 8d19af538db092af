import { basename, dirname, join } from 'node:path';
import type { FileReader } from '../kit/files.ts';
import type { Repository } from '../kit/git.ts';

/** Where hook managers keep what their hooks run, at the top of a repository. */
const MANAGER_FILES = [
  'lefthook.yml',
  'lefthook.yaml',
  'lefthook.toml',
  'lefthook.json',
  '.lefthook.yml',
  '.lefthook.yaml',
  '.config/lefthook.yml',
  'lefthook-local.yml',
  '.pre-commit-config.yaml',
];

const MAX_FILE = 1_000_000;

/**
 * The file that calls `leasehold hook <name>` in place of a hook of ours: one that the user has written,
 * husky's script, or a manager's config. Undefined where none does.
 */
export const findCaller = (
  files: FileReader,
  { top }: Pick<Repository, 'top'>,
  hooks: string,
  name: string,
): string | undefined => {
  const call = new RegExp(`\\bleasehold(?:\\.cjs)?['"]? hook ['"]?${name}\\b(?!-)`);
  const husky = basename(hooks) === '_' ? [join(dirname(hooks), name)] : [];
  const managed = top === '' ? [] : MANAGER_FILES.map((file) => join(top, file));
  return [join(hooks, name), ...husky, ...managed].find((path) => {
    const content = files.read(path, MAX_FILE);
    return content.kind === 'read' && call.test(content.text);
  });
};
