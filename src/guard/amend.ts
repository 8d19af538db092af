/** Whether a commit in progress replaces HEAD. `doubt`: git's arguments are out of sight, or do not tell and the author date fits. */
export type AmendSign = 'amend' | 'plain' | 'doubt';

const GLOBAL_WITH_VALUE = new Set([
  '-c',
  '-C',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--config-env',
]);

const COMMIT_WITH_VALUE = new Set([
  '--message',
  '--file',
  '--author',
  '--date',
  '--template',
  '--reuse-message',
  '--reedit-message',
  '--fixup',
  '--squash',
  '--cleanup',
  '--trailer',
  '--pathspec-from-file',
]);

/** git takes any unambiguous abbreviation of a long option. */
const AMEND = /^--am(?:e(?:n(?:d)?)?)?$/;
const NO_AMEND = /^--no-am(?:e(?:n(?:d)?)?)?$/;

/**
 * `-am` takes the next word as its value; `-mtext` has it attached already, and `-Skeyid` and `-uno` have
 * one that is never a word of its own.
 */
const ENDS_IN_VALUE = /^-[^-mFCctSu]*[mFCct]$/;

const takesNextWord = (word: string): boolean =>
  COMMIT_WITH_VALUE.has(word) || ENDS_IN_VALUE.test(word);

/** Where the name of git's subcommand stands in its own command line. */
export const findSubcommand = (words: readonly string[]): number => {
  let index = 1;
  while (index < words.length && words[index]?.startsWith('-')) {
    index += GLOBAL_WITH_VALUE.has(words[index] ?? '') ? 2 : 1;
  }
  return index;
};

/** What git's own command line says: undefined where it is not `git commit`. */
const readArguments = (words: readonly string[]): 'amend' | 'plain' | undefined => {
  // `git-commit`, as scripts of git's own directory call it, is its own subcommand.
  const isDashed = /(?:^|\/)git-commit$/.test(words[0] ?? '');
  const start = isDashed ? 0 : findSubcommand(words);
  if (!isDashed && words[start] !== 'commit') return undefined;
  // As in git, the last of `--amend` and `--no-amend` counts.
  let sign: 'amend' | 'plain' = 'plain';
  for (let index = start + 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') break;
    if (AMEND.test(word)) sign = 'amend';
    if (NO_AMEND.test(word)) sign = 'plain';
    if (takesNextWord(word)) index += 1;
  }
  return sign;
};

/** `@1700000000 +0000` or `1700000000 +0000` as seconds; NaN for any other form. */
const secondsOf = (date: string): number =>
  Number(/^@?(\d+)(?: [+-]\d{4})?$/.exec(date)?.[1] ?? 'x');

/**
 * Tells an amend, of which git gives its hooks no sign: by the arguments of the git process that started
 * the hook, and where those do not tell, by an author date that is HEAD's.
 */
export const detectAmend = (signs: {
  gitArguments: readonly string[] | undefined;
  /** `GIT_AUTHOR_DATE` as the hook sees it. */
  authorDate: string | undefined;
  /** HEAD's author date in seconds; undefined where nobody asked git for it. */
  headAuthorDate: number | undefined;
}): AmendSign => {
  if (!signs.gitArguments) return 'doubt';
  const told = readArguments(signs.gitArguments);
  if (told) return told;
  if (signs.headAuthorDate === undefined) return 'doubt';
  const isSameDate = secondsOf(signs.authorDate ?? '') === signs.headAuthorDate;
  return isSameDate ? 'doubt' : 'plain';
};
