import { join } from 'node:path';
import {
  listHeadBlobs,
  loadConfig,
  loadOwners,
  readConfig,
  type TrustedBlobs,
} from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import { type ErrorCode, Undecided } from '../kit/errors.ts';
import { type Git, readBlob } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import {
  type Decide,
  isExpired,
  isLost,
  isOurs,
  type Ledger,
  quarantineFiles,
  quarantineRecords,
  reopenRecords,
} from '../locks/index.ts';
import { countOf, JSON_VERSION } from '../report/index.ts';
import { type Command, type Context, hasFlag, JSON_OPTION, printJson } from './command.ts';
import { type Diagnosis, ill, well } from './diagnosis.ts';
import { checkHooks, checkInstallation } from './doctor-hooks.ts';
import { choosePlace, installAt } from './install.ts';
import { diagnoseMirror } from './issue-mirror.ts';
import { listContradictions } from './status.ts';
import { openWorkspace, type Workspace } from './workspace.ts';
import { listLostWorktrees, listSpoiledBindings, listStrandedGrants } from './worktree-health.ts';

/** Runs a look that may throw `Undecided`, and turns that into a diagnosis. */
const attempt = (check: string, look: () => Diagnosis[]): Diagnosis[] => {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return [ill(check, error.message, error.remedy)];
  }
};

const checkConfig = ({ context, git, repository }: Workspace): Diagnosis[] => {
  const blobs = listHeadBlobs(git);
  loadConfig(git, blobs);
  const content = context.files.read(join(repository.top, CONFIG_FILE), 4_000_000);
  if (content.kind === 'read') readConfig(content.text, `${CONFIG_FILE} in the working tree`);
  const id = blobs?.get(CONFIG_FILE);
  if (id === undefined) {
    const message = `HEAD has no ${CONFIG_FILE}: defaults are in force until one is committed`;
    return [well('config', message)];
  }
  const isCurrent = content.kind === 'read' && content.text === readBlob(git, id);
  return [
    well(
      'config',
      isCurrent
        ? `${CONFIG_FILE} is valid`
        : `${CONFIG_FILE} of HEAD is in force; the working tree's differs`,
    ),
  ];
};

/** What is wrong with a config itself; a git that fails is no reason to guess a dialect. */
const TOLD_ELSEWHERE: readonly ErrorCode[] = ['config-invalid', 'min-version'];

/** What HEAD's config says of the dialect; a broken config says nothing here, and is told of elsewhere. */
const readDialect = (git: Git, blobs: TrustedBlobs): Config['owners']['dialect'] => {
  try {
    return loadConfig(git, blobs).owners.dialect;
  } catch (error) {
    const isTold = error instanceof Undecided && TOLD_ELSEWHERE.includes(error.code);
    if (isTold) return undefined;
    throw error;
  }
};

const checkOwners = ({ git }: Workspace): Diagnosis[] => {
  const blobs = listHeadBlobs(git);
  const file = loadOwners(git, blobs, readDialect(git, blobs));
  if (!file) return [well('owners', 'HEAD has no CODEOWNERS')];
  const problems = file.problems.map(({ line, message }) =>
    ill('owners', `${file.path}:${line}: ${message}`, `mend line ${line} of ${file.path}`),
  );
  return problems.length > 0 ? problems : [well('owners', `${file.path} is valid`)];
};

const listStaleByHand = (ledger: Ledger): string[] =>
  ledger.grants
    .filter((grant) => !isOurs(grant) && isExpired(grant, ledger.now))
    .map((grant) => grant.file);

const checkLedger = (ledger: Ledger): Diagnosis[] => {
  const unreadable = ledger.unreadable.map(({ file, reason }) =>
    ill('locks', `${printable(file)} cannot be read: ${reason}`, 'leasehold doctor --fix'),
  );
  const stale = listStaleByHand(ledger).map((file) =>
    ill(
      'locks',
      `${printable(file)} was written by hand and has expired`,
      'leasehold doctor --fix',
    ),
  );
  const pairs = listContradictions(ledger).map(([first, second]) =>
    ill(
      'locks',
      `${printable(first.file)} and ${printable(second.file)} conflict; the first binds`,
      'ask their holders which of the two is to go',
    ),
  );
  const all = [...unreadable, ...stale, ...pairs];
  return all.length > 0
    ? all
    : [well('locks', `${countOf(ledger.grants.length, 'lock file')}, all readable`)];
};

/** What happened offline, and what nobody else learns of while it cannot be read. */
const checkOutbox = ({ outbox }: Workspace): Diagnosis[] =>
  (outbox?.listSpoiled() ?? []).map(({ path, reason }) =>
    ill(
      'outbox',
      `${shellQuote(path)} keeps what happened offline, and cannot be read: ${reason}; no push can go by it`,
      'leasehold doctor --fix',
    ),
  );

/** What the locks rest on: that creating, renaming and listing files are one step for everybody. */
const checkDisk = ({ context, clone, repository }: Workspace): Diagnosis[] =>
  [...new Set([clone.places.locks, repository.commonDir])].flatMap((directory) => {
    const network = context.findNetworkFileSystem(directory);
    if (network === undefined) return [];
    const message = `${printable(directory)} is on ${network}: a network file system shows each machine its own, and two can hold one path`;
    return [ill('disk', message, 'keep the clone on a disk of this machine')];
  });

/** What cannot be mended is no reason to leave the rest: it is found again, and says what to do. */
const repairHooks = (workspace: Workspace): void => {
  const { context } = workspace;
  try {
    const { place } = choosePlace(workspace, { isShareAllowed: false });
    for (const { name, installed } of installAt(workspace, place)) {
      if (installed.change !== 'unchanged') context.tell(`${name}: ${installed.change}`);
    }
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    context.tell(`not mended: ${printable(error.message)}`);
  }
};

const tellMoved = ({ context, clone }: Workspace, name: string): void =>
  context.tell(`moved ${name} to ${printable(clone.places.quarantine)}; nothing is deleted`);

const repairOutbox = (workspace: Workspace): void => {
  const { context, clone, outbox } = workspace;
  const paths = (outbox?.listSpoiled() ?? []).map(({ path }) => path);
  const { files, clock } = context;
  for (const path of quarantineFiles(files, clone.places, paths, clock.now())) {
    tellMoved(workspace, shellQuote(path));
  }
};

const decideCleaning: Decide<undefined> = (ledger) => {
  const remove = [...ledger.unreadable.map(({ file }) => file), ...listStaleByHand(ledger)];
  return { outcome: undefined, plan: { remove, events: [] } };
};

const repairPlace = ({ context, clone }: Workspace): void => {
  if (!isLost(context.files, clone.places)) return;
  context.files.makeDirectory(clone.places.locks);
  context.tell(`made ${printable(clone.places.locks)} anew, empty: what was held there is free`);
};

const repair = async (workspace: Workspace): Promise<void> => {
  const { context, clone, store } = workspace;
  repairHooks(workspace);
  repairPlace(workspace);
  repairOutbox(workspace);
  for (const name of reopenRecords(clone.places, (await store.read()).unreadable)) {
    context.tell(`${printable(name)} may be read again`);
  }
  const ledger = await store.read();
  const names = [...ledger.unreadable.map(({ file }) => file), ...listStaleByHand(ledger)];
  for (const name of quarantineRecords(context.files, clone.places, names, ledger.now)) {
    tellMoved(workspace, printable(name));
  }
  // What others read as well goes there; only what the ledger itself shows so, for a file here may be torn.
  if (workspace.isShared) await store.change(decideCleaning);
};

/** Brings lock issues up to what is held, and says whether they are. */
const checkMirror = async (workspace: Workspace): Promise<Diagnosis[]> => {
  const mirrored = await diagnoseMirror(workspace);
  if (!mirrored) return [];
  const { shown, left, failure } = mirrored;
  if (!failure) return [well('issues', `lock issues show what is held here: ${shown}`)];
  const message = `lock issues do not show yet what is held (${left}): ${printable(failure.message)}`;
  return [ill('issues', message, failure.remedy)];
};

const diagnose = async (workspace: Workspace): Promise<Diagnosis[]> => {
  const ledger = await readLedgerOrFailure(workspace);
  const mirror = ledger instanceof Undecided ? [] : await checkMirror(workspace);
  return [
    ...attempt('hooks', () => checkHooks(workspace)),
    ...attempt('installation', () => checkInstallation(workspace)),
    ...attempt('config', () => checkConfig(workspace)),
    ...attempt('owners', () => checkOwners(workspace)),
    ...checkDisk(workspace),
    ...attempt('locks', () => {
      if (ledger instanceof Undecided) throw ledger;
      return checkLedger(ledger);
    }),
    ...attempt('outbox', () => checkOutbox(workspace)),
    ...mirror,
    ...attempt('worktrees', () =>
      [
        ...listSpoiledBindings(workspace),
        ...listLostWorktrees(workspace),
        ...(ledger instanceof Undecided ? [] : listStrandedGrants(workspace, ledger)),
      ].map(({ message, remedy }) => ill('worktrees', message, remedy)),
    ),
  ];
};

const readLedgerOrFailure = async ({ store }: Workspace): Promise<Ledger | Undecided> => {
  try {
    return await store.read();
  } catch (error) {
    if (error instanceof Undecided) return error;
    throw error;
  }
};

const printDiagnosis = ({ ok, message, remedy }: Diagnosis, context: Context): void => {
  const mark = ok ? context.palette.good('ok ') : context.palette.bad('ill');
  context.print(`${mark}  ${message.split('\n').map(printable).join('\n')}`);
  if (remedy !== undefined)
    context.print(`     next: ${context.palette.runnable(printable(remedy))}`);
};

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  workspace.demandLocks('required');
  if (hasFlag(words, 'fix')) await repair(workspace);
  const diagnoses = await diagnose(workspace);
  if (hasFlag(words, 'json')) printJson(context, { version: JSON_VERSION, checks: diagnoses });
  else for (const diagnosis of diagnoses) printDiagnosis(diagnosis, context);
  return diagnoses.every(({ ok }) => ok) ? 0 : 1;
};

export const command: Command = {
  usage: 'leasehold doctor [--fix]',
  about:
    'Looks for what would keep the guard from guarding: hooks that are missing, shadowed or of another ' +
    'version, a broken config, locks that cannot be read. --fix installs the hooks again and moves such ' +
    'locks to quarantine; it deletes nothing.',
  options: {
    fix: { type: 'boolean', shown: '--fix', help: 'mend what can be mended' },
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold doctor', 'is this clone guarded?'],
    ['leasehold doctor --fix', 'and if not, mend it'],
  ],
  attends: false,
  run,
};
