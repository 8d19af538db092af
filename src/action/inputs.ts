/** What a workflow gives the action, as its runner hands it on. */
type Env = Readonly<Record<string, string | undefined>>;

export type Inputs = {
  check: string;
  token: string;
  /** Where the SARIF log goes; empty for none. */
  sarif: string;
  /** The directory of the repository, relative to the workspace. */
  path: string;
};

/** As the runner names an input: upper case, blanks as underscores, hyphens as they are. */
const read = (env: Env, name: string): string => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();

export const readInputs = (env: Env): Inputs => ({
  check: read(env, 'check') || 'all',
  token: read(env, 'token'),
  sarif: read(env, 'sarif-file'),
  path: read(env, 'path') || '.',
});

/** `owner/name` of the repository, as the runner says; undefined where it does not. */
export const readRepository = (env: Env): { owner: string; repo: string } | undefined => {
  const [owner, repo, ...rest] = (env.GITHUB_REPOSITORY ?? '').split('/');
  return owner && repo && rest.length === 0 ? { owner, repo } : undefined;
};

/** git's own environment with a token for one host: never in an argument, where other processes see it. */
export const withToken = (env: Env, token: string): Record<string, string | undefined> => {
  const count = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  const host = (env.GITHUB_SERVER_URL ?? 'https://github.com').replace(/\/+$/, '');
  const secret = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    ...env,
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${host}/.extraheader`,
    [`GIT_CONFIG_VALUE_${count}`]: `AUTHORIZATION: basic ${secret}`,
  };
};

/** In a container the workspace is somebody else's, and git would not look at it; the job made it. */
export const trustWorkspace = (env: Env, directory: string): Record<string, string | undefined> => {
  const count = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  return {
    ...env,
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${count}`]: directory,
  };
};
