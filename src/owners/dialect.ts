/** Whose rules a CODEOWNERS file is read by. */
export type DialectName = 'github' | 'gitlab';

/** Where one host looks for the file, repo-relative; the first one that exists is the only one read. */
const PLACES: Readonly<Record<DialectName, readonly string[]>> = {
  github: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'],
  gitlab: ['CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'],
};

/** Every place where a host may look for the file. */
export const OWNERS_PLACES: readonly string[] = [...new Set([...PLACES.github, ...PLACES.gitlab])];

/** The places that count for a dialect, in order; every place where the config names none. */
export const placesOf = (configured: DialectName | undefined): readonly string[] =>
  configured ? PLACES[configured] : OWNERS_PLACES;

/** The file in force, and by whose rules it is read. */
export type OwnersPlace = { path: string; dialect: DialectName };

/**
 * Which file is in force. The dialect is what the config says; where it says nothing, a file that lies
 * where GitHub looks is GitHub's, and one in `.gitlab/`, without any of those, is GitLab's.
 */
export const findOwnersPlace = (
  has: (path: string) => boolean,
  configured: DialectName | undefined,
): OwnersPlace | undefined => {
  const dialects: DialectName[] = configured ? [configured] : ['github', 'gitlab'];
  return dialects
    .flatMap((dialect) => PLACES[dialect].map((path) => ({ path, dialect })))
    .find(({ path }) => has(path));
};
