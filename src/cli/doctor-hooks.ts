import { join } from 'node:path';
import { printable } from '../kit/quote.ts';
import { VERSION } from '../kit/version.ts';
import { stateDirectory } from '../locks/index.ts';
import { listSpoiled, readBundle } from './bundle-store.ts';
import { type Diagnosis, ill, well } from './diagnosis.ts';
import { findCaller } from './hook-callers.ts';
import { inspectHook, managerOf } from './hook-files-store.ts';
import { readHookPlaces } from './hook-places-store.ts';
import { findObstruction, listOwnHooks } from './hook-store.ts';
import { findEdit } from './hook-text.ts';
import {
  findDeadEnd,
  findHooksPlace,
  type HooksPlace,
  isAbsentHere,
  isSharedPlace,
  listHookNames,
} from './hooks-place.ts';
import { expectInstallation, readHookNode } from './install.ts';
import { binDirectory, HOOK_SCRIPT, ownHooksDirectory } from './places.ts';
import { readHookNeeds, type Workspace } from './workspace.ts';

const INIT = 'leasehold init';

const remedyAt = (place: HooksPlace): string =>
  isSharedPlace(place) ? `${INIT} --global-hooks` : INIT;

/** Where hooks of ours are, and git does not look. */
const findShadowed = ({ repository }: Workspace, place: HooksPlace): string | undefined =>
  listOwnHooks(place.directory).length > 0
    ? undefined
    : [join(repository.commonDir, 'hooks'), ...readHookPlaces(repository.commonDir)]
        .filter((directory) => directory !== place.directory)
        .filter((directory) => directory !== ownHooksDirectory(repository.commonDir))
        .find((directory) => listOwnHooks(directory).length > 0);

/** What keeps git from running any hook of ours in this worktree. */
const checkPlace = (workspace: Workspace, place: HooksPlace): Diagnosis | undefined => {
  const { context, repository } = workspace;
  const deadEnd = findDeadEnd(place, repository, context.isFile);
  if (deadEnd) return ill('hooks', deadEnd.message, deadEnd.remedy);
  const at = printable(place.directory);
  if (isAbsentHere(place, repository, context.files)) {
    const husky = place.path.includes('husky') ? '; husky makes it when it is installed' : '';
    const message = `${at}, where core.hooksPath leads, is not there in this worktree, so git runs no hook${husky}`;
    return ill('hooks', message, INIT);
  }
  const shadowed = findShadowed(workspace, place);
  if (shadowed === undefined || place.scope === 'default') return undefined;
  const message = `core.hooksPath (${place.scope}) leads git to ${at}, past leasehold's hooks in ${printable(shadowed)}`;
  return ill('hooks', message, remedyAt(place));
};

const checkHook = (
  { context, repository }: Workspace,
  place: HooksPlace,
  name: string,
  stub: string,
): Diagnosis => {
  const { directory } = place;
  const state = inspectHook(directory, name);
  const at = printable(join(directory, name));
  if (state.kind === 'ours') {
    if (!state.isExecutable) return ill('hooks', `${at} is not executable`, remedyAt(place));
    if (state.text === stub) return well('hooks', `${at} is in place`);
    const edit = findEdit(state.text);
    const what = edit
      ? 'has been edited since it was installed'
      : 'is of another version of leasehold';
    return ill('hooks', `${at} ${what}`, remedyAt(place));
  }
  const obstruction = findObstruction(join(directory, name));
  if (obstruction) return ill('hooks', obstruction.message, obstruction.remedy);
  const aside = inspectHook(directory, `${name}.legacy`);
  if (state.kind === 'other' && aside.kind === 'ours' && aside.isExecutable) {
    return well('hooks', `${at} is pre-commit's, which runs leasehold's as ${name}.legacy`);
  }
  const caller = findCaller(context.files, repository, directory, name);
  if (caller !== undefined) return well('hooks', `${name} is called by ${printable(caller)}`);
  if (state.kind === 'missing') return ill('hooks', `${at} is not there`, remedyAt(place));
  const manager = managerOf(join(directory, name));
  const whose = manager === undefined ? '' : `: ${manager} has put its own there`;
  return ill('hooks', `${at} is not leasehold's${whose}`, remedyAt(place));
};

/** Whether git would run our hooks in this worktree, each by itself. */
export const checkHooks = (workspace: Workspace): Diagnosis[] => {
  const { context, git, repository } = workspace;
  const place = findHooksPlace(git, repository);
  const wrong = checkPlace(workspace, place);
  if (wrong) return [wrong];
  const { stub } = expectInstallation(readBundle(context.bundle), repository.commonDir, '');
  return listHookNames(readHookNeeds(workspace)).map((name) =>
    checkHook(workspace, place, name, stub),
  );
};

const isCalledByAll = (workspace: Workspace): boolean =>
  listHookNames(readHookNeeds(workspace)).every((name) =>
    findCaller(workspace.context.files, workspace.repository, workspace.repository.hooks, name),
  );

/** Whether what the hooks start is there, can be started without a shell's PATH, and is of this version. */
export const checkInstallation = (workspace: Workspace): Diagnosis[] => {
  const { context, repository } = workspace;
  const { commonDir } = repository;
  const content = context.files.read(join(stateDirectory(commonDir), HOOK_SCRIPT), 1_000_000);
  if (content.kind !== 'read') {
    return isCalledByAll(workspace)
      ? [well('installation', 'hooks that are not ours start leasehold')]
      : [ill('installation', 'hooks have nothing to start in this clone', INIT)];
  }
  const node = readHookNode(content.text) ?? '';
  if (context.findRealPath(node) === undefined) {
    const message = `the node that hooks start is gone (${printable(node)}); they look on the PATH, which a program that was not started by a shell (a GUI) may not have`;
    return [ill('installation', message, INIT)];
  }
  const bundle = readBundle(context.bundle);
  if (content.text !== expectInstallation(bundle, commonDir, node).script) {
    const version = /^leasehold_bin=.*\/bin\/([^/'\n]+)'?$/m.exec(content.text)?.[1] ?? '?';
    const message = `hooks start leasehold ${printable(version)}, and not as this one (${VERSION}) would`;
    return [ill('installation', message, INIT)];
  }
  const spoiled = listSpoiled(bundle, binDirectory(commonDir, VERSION));
  if (spoiled.length > 0) {
    const message = `what hooks start is gone or changed: ${spoiled.join(', ')}`;
    return [ill('installation', message, INIT)];
  }
  return [well('installation', `hooks start leasehold ${VERSION}`)];
};
