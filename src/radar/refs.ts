/** A branch, local or remote-tracking, as git has it now. */
export type Ref = {
  /** In full: `refs/heads/main`. */
  name: string;
  id: string;
  /** The ref that it only stands for. */
  target: string | undefined;
};

/** What all work is compared with: the commit that it would land on. */
export type Base = {
  /** `main`, `origin/main`, or what the user typed. */
  name: string;
  id: string;
};

const LOCAL = 'refs/heads/';
const REMOTE = 'refs/remotes/';

/** `for-each-ref` with `%(refname)%00%(objectname)%00%(symref)`, a ref a line. */
export const parseRefs = (output: string): Ref[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', id = '', target = ''] = line.split('\0');
      return { name, id, target: target === '' ? undefined : target };
    });

/** A branch's name as people say it. */
export const shortName = (name: string): string =>
  name.startsWith(LOCAL)
    ? name.slice(LOCAL.length)
    : name.startsWith(REMOTE)
      ? name.slice(REMOTE.length)
      : name;

/** Local branches; one that only stands for another is that other. */
export const listBranches = (refs: readonly Ref[]): Ref[] =>
  refs.filter(({ name, target }) => name.startsWith(LOCAL) && target === undefined);

/** What a remote says its default branch is; `origin`'s where several say. */
const findRemoteDefault = (refs: readonly Ref[]): Ref | undefined => {
  const heads = refs.filter(({ name, target }) => name.endsWith('/HEAD') && target !== undefined);
  const head = heads.find(({ name }) => name === `${REMOTE}origin/HEAD`) ?? heads[0];
  return head && refs.find(({ name }) => name === head.target);
};

const USUAL_NAMES = ['main', 'master'];

const findNamed = (refs: readonly Ref[], names: readonly string[]): Ref | undefined =>
  names.map((name) => refs.find((ref) => ref.name === name)).find((ref) => ref !== undefined);

/**
 * The branch that all work is for: `guard.base`, else the default branch of a remote, else `main` or
 * `master` of `origin` or here, else the branch of the main worktree; undefined where there is none of them.
 */
export const chooseBase = (
  refs: readonly Ref[],
  hints: { configured: string | undefined; mainBranch: string | undefined },
): Ref | undefined => {
  const { configured, mainBranch } = hints;
  return (
    findNamed(refs, configured === undefined ? [] : [`${REMOTE}${configured}`]) ??
    findRemoteDefault(refs) ??
    findNamed(
      refs,
      USUAL_NAMES.map((name) => `${REMOTE}origin/${name}`),
    ) ??
    findNamed(
      refs,
      USUAL_NAMES.map((name) => LOCAL + name),
    ) ??
    findNamed(refs, mainBranch === undefined ? [] : [LOCAL + mainBranch])
  );
};

/** The local branch that a remote-tracking one is pushed from, by its name. */
export const findCounterpart = (refs: readonly Ref[], base: Ref): Ref | undefined => {
  if (!base.name.startsWith(REMOTE)) return undefined;
  const name = base.name.slice(REMOTE.length).replace(/^[^/]*\//, '');
  return findNamed(refs, [LOCAL + name]);
};
