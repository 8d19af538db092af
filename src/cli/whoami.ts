import { type Actor, HOLDER_VARIABLE, listActorOwners, SESSION_VARIABLES } from '../guard/index.ts';
import { printable, quoteName } from '../kit/quote.ts';
import { listActive } from '../locks/index.ts';
import { describeActor, JSON_VERSION, toActorJson } from '../report/index.ts';
import { AS_OPTION, type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { identify, loadHeadPolicy, openWorkspace } from './workspace.ts';

const describeSession = (actor: Actor): string[] => {
  if (actor.session === undefined) return [];
  const session = quoteName(actor.session);
  return [
    `agent session ${session} (${SESSION_VARIABLES.join(', ')}): whoever shares it is one holder, unless ${HOLDER_VARIABLE} names them`,
  ];
};

const run: Command['run'] = async (context, words) => {
  const workspace = openWorkspace(context);
  const ledger = await workspace.store.read();
  const actor = identify(workspace, textOption(words, 'as'), ledger);
  const owners = listActorOwners(actor, loadHeadPolicy(workspace));
  const grants = listActive(ledger).filter((grant) => grant.holder === actor.holder);
  if (hasFlag(words, 'json')) {
    printJson(context, {
      version: JSON_VERSION,
      ...toActorJson(actor),
      session: actor.session ?? null,
      owners,
      grants: grants.map((grant) => grant.id),
    });
    return 0;
  }
  context.print(context.palette.strong(describeActor(actor)));
  if (actor.email !== undefined && actor.email !== actor.holder) {
    context.print(`committing as ${quoteName(actor.email)}`);
  }
  for (const line of describeSession(actor)) context.print(line);
  context.print(
    owners.length > 0
      ? `stands for ${owners.map(printable).join(' ')}`
      : 'stands for no owner (owners.identities in leasehold.config.json)',
  );
  context.print(`holds ${grants.length} ${grants.length === 1 ? 'grant' : 'grants'}`);
  return 0;
};

export const command: Command = {
  usage: 'leasehold whoami [--as HOLDER]',
  about:
    `Who you are to leasehold, and why: --as, then ${HOLDER_VARIABLE}, then the holder that this agent ` +
    'session has claimed as, then the session itself, then git’s e-mail.',
  options: {
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [[`${HOLDER_VARIABLE}=codex leasehold whoami`, 'as another holder']],
  run,
};
