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

type Setting = readonly [key: string, value: string];

/** An environment in which git has more settings: never in an argument, where other processes see them. */
export const withSettings = (
  env: Env,
  settings: readonly Setting[],
): Record<string, string | undefined> => {
  const count = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  const added = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${count + at}`, key],
    [`GIT_CONFIG_VALUE_${count + at}`, value],
  ]);
  return {
    ...env,
    ...Object.fromEntries(added),
    GIT_CONFIG_COUNT: String(count + settings.length),
  };
};

/** A token for one host, as git sends it. */
export const tokenSetting = (env: Env, token: string): Setting => {
  const host = (env.GITHUB_SERVER_URL ?? 'https://github.com').replace(/\/+$/, '');
  const secret = Buffer.from(`x-access-token:${token}`).toString('base64');
  return [`http.${host}/.extraheader`, `AUTHORIZATION: basic ${secret}`];
};
