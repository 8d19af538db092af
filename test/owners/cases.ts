import github from '../fixtures/codeowners-github.json' with { type: 'json' };
import gitlab from '../fixtures/codeowners-gitlab.json' with { type: 'json' };

/** One verdict of a host: who owns `path` under the file `codeowners`; `[]` is nobody. */
export type OwnersCase = {
  name: string;
  class: string;
  codeowners: string;
  path: string;
  owners: string[];
};

type Group = Pick<OwnersCase, 'class' | 'codeowners'> & {
  cases: Pick<OwnersCase, 'name' | 'path' | 'owners'>[];
};

const flatten = (groups: readonly Group[]): OwnersCase[] =>
  groups.flatMap(({ cases, ...file }) => cases.map((verdict) => ({ ...file, ...verdict })));

/** The recorded verdicts of GitHub, which the fixture groups by file. */
export const GITHUB_CASES = flatten(github);

/** Those of GitLab. */
export const GITLAB_CASES = flatten(gitlab);
