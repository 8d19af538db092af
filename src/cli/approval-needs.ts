import {
  createPolicy,
  listTrustedBlobs,
  loadConfig,
  loadOwners,
  type Policy,
  readHeadBlobs,
  type TrustedBlobs,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { type Git, listFiles, listTracked } from '../kit/git.ts';
import { comparePath } from '../kit/paths.ts';
import {
  type ApprovalNeed,
  type Claim,
  type Clone,
  compileClaim,
  compilePattern,
  isWrite,
  scopeCovers,
  scopesOverlap,
  type TableRule,
} from '../locks/index.ts';
import { createOwnersMatcher } from '../owners/index.ts';

/** What says which claims need an approval, and whose: one side of a repository. */
export type ApprovalSide = {
  /** What asks for an approval. */
  asked: readonly Claim[];
  /** Who stands for which owners, teams resolved. */
  identities: Policy['identities'];
  rule: TableRule;
  /** As CODEOWNERS names them; none where nobody owns the path. */
  findOwners: (path: string) => readonly string[];
  listFiles: () => Promise<readonly string[]>;
};

/** A file that nobody has, in a directory that may be empty. */
const NEW_FILE = '\uf8ff\uf8ff\uf8ff';

/** A path as people know it, of those that are asked about. */
export const toKnownPath = (path: string): string => path.replace(NEW_FILE, '');

/** The side of `commit`, by its config; without one HEAD's, and the files of the index. */
export const openApprovalSide = (
  git: Git,
  config: Config,
  { rule, commit }: { rule: TableRule; commit: string | undefined },
): ApprovalSide => {
  const { guard, owners } = config;
  const read = (): { git: Git; blobs: TrustedBlobs } =>
    commit === undefined ? readHeadBlobs(git) : { git, blobs: listTrustedBlobs(git, commit) };
  let matcher: ReturnType<typeof createOwnersMatcher> | undefined;
  const findOwners = (path: string): readonly string[] => {
    if (matcher) return matcher.find(path).owners;
    const side = read();
    const file = side.blobs && loadOwners(side.git, side.blobs, owners.dialect);
    matcher = file && createOwnersMatcher(file);
    return matcher?.find(path).owners ?? [];
  };
  return {
    asked: guard.approval
      .map((text) => compileClaim(text, 'write', { ...rule, compile: compilePattern }))
      .filter((claim): claim is Claim => !('refused' in claim)),
    identities: createPolicy(config, true, null).identities,
    rule,
    findOwners,
    listFiles: () => (commit === undefined ? listTracked(git) : listFiles(git, commit)),
  };
};

/** The side of the commit that is trusted; where none is named HEAD's, by the config that commands go by. */
export const openTrustedSide = (
  { git, clone }: { git: Git; clone: Pick<Clone, 'rule'> },
  trusted: string | undefined,
  loadHeadConfig: () => Config,
): ApprovalSide => {
  const config =
    trusted === undefined ? loadHeadConfig() : loadConfig(git, listTrustedBlobs(git, trusted));
  return openApprovalSide(git, config, { rule: clone.rule, commit: trusted });
};

/** Of these claims those that are asked about: writes that meet what asks for an approval. */
export const listAsking = (
  { asked }: Pick<ApprovalSide, 'asked'>,
  claims: readonly Claim[],
): Claim[] =>
  claims.filter(
    ({ mode, compiled }) =>
      isWrite(mode) && asked.some((one) => scopesOverlap(one.compiled, compiled)),
  );

/** The paths that owners are asked for: the files that are there, and what the claims name themselves. */
const listPaths = async (side: ApprovalSide, wanted: readonly Claim[]): Promise<string[]> => {
  const covers = (claims: readonly Claim[], path: string): boolean =>
    claims.some(({ compiled }) => scopeCovers(compiled, comparePath(path, side.rule)));
  const named = wanted
    .filter(({ scope }) => !/^(?:glob|regex):/.test(scope))
    .flatMap(({ scope }) => [scope, `${scope.replace(/\/$/, '')}/${NEW_FILE}`])
    .filter((path) => covers(side.asked, path));
  const files = await side.listFiles();
  return [...named, ...files.filter((path) => covers(wanted, path) && covers(side.asked, path))];
};

/** Who may approve for an owner: a login, a team's members by the config, and who stands for it there. */
const listApprovers = (owner: string, identities: ApprovalSide['identities']): string[] => {
  const isSame = (name: string): boolean => name.toLowerCase() === owner.toLowerCase();
  const names = Object.entries(identities)
    .filter(([, owners]) => owners.some(isSame))
    .map(([name]) => name);
  return [owner, ...names].map((name) => name.replace(/^@/, '').toLowerCase());
};

/** A login of the host's; a team, an e-mail or a label comments nothing. */
const isLogin = (name: string): boolean => /^[a-z\d][a-z\d_-]*(?:\[bot\])?$/.test(name);

/**
 * Whose approval claims need, one need for all paths of the same owners; or why nobody could give it: a path that
 * nobody owns, null where the claims mean no path yet, or owners whom the config gives no login.
 */
export type Needs =
  | { needs: ApprovalNeed[] }
  | { unowned: string | null }
  | { unnamed: readonly string[] };

/** What these claims need; nothing for the paths of owners of whom `isOwn` says so. */
export const findNeeds = async (
  side: ApprovalSide,
  wanted: readonly Claim[],
  isOwn: (owners: readonly string[]) => boolean,
): Promise<Needs> => {
  const paths = await listPaths(side, wanted);
  if (paths.length === 0) return { unowned: null };
  const needs = new Map<string, ApprovalNeed>();
  for (const path of paths) {
    const owners = side.findOwners(path);
    if (owners.length === 0) return { unowned: path };
    if (isOwn(owners)) continue;
    const approvers = owners.flatMap((owner) => listApprovers(owner, side.identities));
    if (!approvers.some(isLogin)) return { unnamed: owners };
    needs.set(JSON.stringify(owners), { owners, approvers });
  }
  return { needs: [...needs.values()] };
};

/**
 * Whose approval the claims of an issue need that somebody has opened by hand. It is read by everybody, so what
 * nobody could approve of stops nobody: it waits.
 */
export const createHandNeeds = (
  open: () => ApprovalSide,
): ((claims: readonly Claim[]) => Promise<readonly ApprovalNeed[]>) => {
  let side: ApprovalSide | undefined;
  const known = new Map<string, Promise<readonly ApprovalNeed[]>>();
  const find = async (claims: readonly Claim[]): Promise<readonly ApprovalNeed[]> => {
    side ??= open();
    const wanted = listAsking(side, claims);
    if (wanted.length === 0) return [];
    const found = await findNeeds(side, wanted, () => false);
    if ('needs' in found) return found.needs;
    return [{ owners: 'unnamed' in found ? found.unnamed : [], approvers: [] }];
  };
  return (claims) => {
    const key = JSON.stringify(claims.map(({ scope, mode }) => [scope, mode]));
    const needs = known.get(key) ?? find(claims);
    known.set(key, needs);
    return needs;
  };
};
