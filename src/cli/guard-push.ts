import { readFileSync, writeSync } from 'node:fs';
import { isOutOfReach, loadReach, mayTouchExports } from '../exports/index.ts';
import {
  type Change,
  type CommitChange,
  chooseBaseRef,
  findPolicyFor,
  isBlameless,
  isZero,
  listPlaces,
  mergeChanges,
  POLICY_PATHS,
  type Policy,
  type PushedRef,
  type PushInput,
  parsePushedRefs,
  parsePushInput,
} from '../guard/index.ts';
import { systemReader } from '../kit/files.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { readLog } from '../locks/index.ts';
import { prepareFor } from './compiler-store.ts';
import { pickDefaultBranch } from './default-branch.ts';
import { readScene, type Scene } from './guard-scene.ts';
import { cacheDirectory } from './places.ts';

/** What pre-push hands over: where it runs, git's line about the ref, and what git passes to the hook. */
type Push = { commonDir: string; gitDir: string; line: string; words: readonly string[] };

/** What is pushed, by one ref, and what sh asked git of it. */
type Pushed = Push & {
  ref: PushedRef;
  remote: string;
  input: PushInput;
  changes: readonly Change[];
  paths: readonly string[];
};

/**
 * The branch that the pusher's own config names; null for none, undefined where that is not known here. Where
 * theirs is what is pushed, it is the trusted one: nothing that is pushed touches the policy.
 */
const findOwnBase = ({ commonDir, input }: Pushed): string | null | undefined =>
  findPolicyFor(systemReader, cacheDirectory(commonDir), input.own ?? input.trusted, [])?.base;

/** A new ref is judged by the remote's HEAD, where that is plain; sh asked for no other. */
const isTrustedKnown = (pushed: Pushed): boolean => {
  const { ref, remote, input } = pushed;
  if (!isZero(ref.remoteId)) return true;
  const tracking = [...input.refs.keys()].filter((name) => name.startsWith('refs/remotes/'));
  const base = chooseBaseRef(tracking, remote);
  const isHead = base.kind === 'ref' && base.ref === `refs/remotes/${remote}/HEAD`;
  return isHead && findOwnBase(pushed) === null;
};

/** One clone's own ledger, of which no grant's end is still to be told: what others share is asked anew. */
const isPlainClone = ({ settings, clone }: Scene): boolean =>
  settings.store === 'file' &&
  settings.server === undefined &&
  systemReader.list(clone.places.ended).length === 0;

/** The commit that a line of commits follows; undefined where they are none. */
const findStart = (commits: readonly CommitChange[]): string | undefined => {
  const isLine = commits.every(
    ({ parents }, at) =>
      parents.length === 1 && (at === 0 || parents[0] === commits[at - 1]?.commit),
  );
  return isLine ? commits[0]?.parents[0] : undefined;
};

/**
 * Whether what is pushed is audited against the very commit that it follows: else there may be more between
 * the two than what is pushed.
 */
const startsAtBase = (pushed: Pushed): boolean => {
  const { ref, remote, input } = pushed;
  const start = findStart(input.commits);
  const own = start === undefined ? undefined : findOwnBase(pushed);
  if (own === undefined) return false;
  return (pickDefaultBranch(input.refs, remote, own ?? undefined) ?? ref.remoteId) === start;
};

/** Whether the export audit, which is the command's, may have something to say of what is pushed. */
const mayChangeExports = (pushed: Pushed): boolean => {
  const { gitDir, input, changes, paths } = pushed;
  const config = input.trusted.get(CONFIG_FILE);
  const { commits, drift } = input;
  const isTold = commits.some(({ isMerge }) => isMerge) || paths.some(mayTouchExports);
  if (config === undefined || !isTold) return false;
  const reach = loadReach(systemReader, gitDir);
  if (reach?.config !== config || !startsAtBase(pushed)) return true;
  // What has come since a commit that is on the line is among what is pushed, and reaches nothing.
  const isOnLine = (from: string) => commits.some(({ parents: [parent] }) => parent === from);
  const listDrift = (from: string) => {
    if (isOnLine(from)) return [];
    return drift?.from === from ? drift.changes : undefined;
  };
  return !isOutOfReach(reach, changes, listDrift);
};

/** Where a verdict hangs on what is not here, it is the command's. */
const leave = (): never => {
  throw new Error('for the command');
};

/** What sh asked git of the push; undefined where it is not the plain case. */
const readPushed = (push: Push): Pushed | undefined => {
  const [ref] = parsePushedRefs(push.line);
  const answers = readFileSync(0);
  prepareFor(answers.length);
  const input = ref && parsePushInput(answers, ref);
  if (!input) return undefined;
  const changes = mergeChanges(input.commits);
  const paths = changes.map(({ path }) => path);
  return { ...push, ref, remote: push.words[0] ?? '', input, changes, paths };
};

/** Whose commits, and by what rules: the pusher's own ones alone, by a policy that is compiled and untouched. */
const findPolicy = (pushed: Pushed): Policy | undefined => {
  const { commonDir, input, paths } = pushed;
  if (paths.some((path) => POLICY_PATHS.includes(path))) return undefined;
  if (!isTrustedKnown(pushed)) return undefined;
  // Another's grants may carry another name, and what lets a commit through is on record.
  const isOwn = input.commits.every(
    (commit) => commit.email === input.email && !commit.trailers.bypass,
  );
  return isOwn
    ? findPolicyFor(systemReader, cacheDirectory(commonDir), input.trusted, paths)
    : undefined;
};

/**
 * Whether the plain push passes without a word: one ref, commits of whoever pushes, a policy that is compiled and
 * that none of them touches. Everything else, and each push of which there is anything to say, is the command's.
 */
const passes = (push: Push): boolean => {
  const pushed = readPushed(push);
  const policy = pushed && findPolicy(pushed);
  if (!policy) return false;
  const { input } = pushed;
  const stage = { ...push, env: process.env, email: input.email };
  const scene = readScene(stage, listPlaces(pushed.changes));
  if (!scene || !isPlainClone(scene)) return false;
  if (policy.mode !== 'off' && mayChangeExports(pushed)) return false;
  return isBlameless(input.commits, {
    sight: 'all',
    prefix: '',
    here: scene.actor,
    ledger: scene.ledger,
    policy,
    readEvents: () => readLog(systemReader, scene.clone.places),
    findNaming: leave,
    readProblems: () => [],
  });
};

/** Says the one word that lets a push through: where it is not said, sh has the command judge. */
const main = (): void => {
  const [commonDir = '', gitDir = '', line = '', ...words] = process.argv.slice(2);
  try {
    if (passes({ commonDir, gitDir, line, words })) writeSync(1, 'passes');
  } catch {
    // Whatever it was, the command meets it too, and says it in full.
  }
  // Node would tidy up first, and put its heap away.
  process.exit();
};

main();
