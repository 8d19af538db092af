import { delimiter } from 'node:path';

/**
 * git's own variables about one repository: set by whoever runs us from a hook, and wrong in every other
 * worktree.
 */
const OF_ONE_WORKTREE: NodeJS.ProcessEnv = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_PREFIX: undefined,
  GIT_COMMON_DIR: undefined,
};

/**
 * The environment of a git that only looks: no index is refreshed on disk, no hook and no file-system
 * monitor is started, nothing is fetched.
 */
export const quietEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  withSettings(
    { ...env, ...OF_ONE_WORKTREE, GIT_OPTIONAL_LOCKS: '0', GIT_ALLOW_PROTOCOL: 'none' },
    [
      ['core.hooksPath', '/dev/null'],
      ['core.fsmonitor', 'false'],
      // A split index would be written beside the user's own.
      ['core.splitIndex', 'false'],
      // What is written is thrown away: there is no need to have it on the disk, or small.
      ['core.fsync', 'none'],
      ['core.looseCompression', '0'],
    ],
  );

/** Settings for one git, behind those that its environment has already. */
export const withSettings = (
  env: NodeJS.ProcessEnv,
  settings: readonly (readonly [name: string, value: string])[],
): NodeJS.ProcessEnv => {
  const known = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  const added = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${known + index}`, name],
    [`GIT_CONFIG_VALUE_${known + index}`, value],
  ]);
  return {
    ...env,
    ...Object.fromEntries(added),
    GIT_CONFIG_COUNT: String(known + settings.length),
  };
};

/** The ordinary merge of texts, whose exit code says how many conflicts there are. */
const TEXT_MERGE = 'git merge-file --quiet %A %O %B';

/**
 * What keeps git from running the programs that these keys of its config name: a file is taken as it lies
 * there (line ends are still the repository's), and merged as a text.
 */
export const withoutPrograms = (keys: readonly string[]): [string, string][] =>
  keys.flatMap((key): [string, string][] => {
    const filter = /^filter\.(.*)\.(?:clean|process|required)$/s.exec(key)?.[1];
    if (filter !== undefined) {
      const name = `filter.${filter}`;
      return [
        [`${name}.clean`, ''],
        [`${name}.process`, ''],
        [`${name}.required`, 'false'],
      ];
    }
    return /^merge\..*\.driver$/s.test(key) ? [[key, TEXT_MERGE]] : [];
  });

const quoteForList = (path: string): string =>
  `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** git reads objects where it always does, and writes new ones to `directory`. */
export const withObjectsIn = (
  env: NodeJS.ProcessEnv,
  directory: string,
  objects: string,
): NodeJS.ProcessEnv => ({
  ...env,
  GIT_OBJECT_DIRECTORY: directory,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: [quoteForList(objects), env.GIT_ALTERNATE_OBJECT_DIRECTORIES]
    .filter(Boolean)
    .join(delimiter),
});
