import groups from '../fixtures/codeowners-github.json' with { type: 'json' };

/** One verdict of GitHub's dialect: who owns `path` under the file `codeowners`; `[]` is nobody. */
export type OwnersCase = {
  name: string;
  class: string;
  codeowners: string;
  path: string;
  owners: string[];
};

/** The recorded verdicts, which the fixture groups by file. */
export const OWNERS_CASES: OwnersCase[] = groups.flatMap((group) =>
  group.cases.map((verdict) => ({ class: group.class, codeowners: group.codeowners, ...verdict })),
);
