import { Undecided } from './errors.ts';
import { printable, shellQuote } from './quote.ts';

const NONE = 'not a git repository';

/**
 * Why git finds no repository, by its own words in English, for its exit code is the same whatever the reason:
 * there is none, what leads to one leads nowhere, or it belongs to another user. Undefined for any other reason.
 */
export const explainNoRepository = (stderr: string): Undecided | undefined => {
  const said = /^fatal: (.*)/m.exec(stderr)?.[1] ?? NONE;
  const foreign = /dubious ownership in repository at '(.+)'$/.exec(said)?.[1];
  if (foreign !== undefined) {
    return new Undecided(
      'git-failed',
      `git does not use ${printable(foreign)}, which belongs to another user, until you trust it`,
      `git config --global --add safe.directory ${shellQuote(foreign)}`,
    );
  }
  // In quotes where the environment says so, without where a file of that name does.
  const [, quote, lost] = /^not a git repository: ('?)(.+)\1$/.exec(said) ?? [];
  if (lost !== undefined) {
    return new Undecided(
      'not-a-repository',
      `the git directory that git is led to is not there: ${printable(lost)}`,
      quote ? 'unset GIT_DIR' : 'in the main worktree: git worktree repair PATH-OF-THIS-ONE',
    );
  }
  if (!said.startsWith(NONE)) return undefined;
  return new Undecided('not-a-repository', 'this is not a git repository', 'git init');
};
