import { describeInstant } from '../kit/clock.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  decideRenew,
  type Grant,
  type Ledger,
  listReleased,
  type RenewOutcome,
  type StoredGrant,
  toRecord,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { limitRenewal } from './approvals.ts';
import {
  AS_OPTION,
  type Command,
  type Context,
  hasFlag,
  JSON_OPTION,
  printJson,
  textOption,
  type Words,
} from './command.ts';
import { findGrant, readSelection, type Selection, UNREVISABLE } from './selection.ts';
import { readTtl } from './ttl.ts';
import { identify, loadWorkspaceConfig, openForWriting, requireHolder } from './workspace.ts';

const listTargets = (ledger: Ledger, holder: string, selection: Selection): StoredGrant[] => {
  const own = ledger.grants.filter((grant) => grant.holder === holder);
  if (selection.kind === 'all') return own;
  if (selection.kind === 'scopes') {
    return own.filter((grant) => listReleased(grant, selection.claims).length > 0);
  }
  const grant = findGrant(own, selection.id);
  return grant ? [grant] : [];
};

type Renewal = { asked: StoredGrant; outcome: RenewOutcome; entered: Grant | undefined };

const tellRenewal = (context: Context, { asked, outcome, entered }: Renewal): void => {
  const id = printable(asked.id.slice(0, 8));
  if (!outcome.renewed) {
    context.tell(
      `${context.errorPalette.bad('Not renewed')}: grant ${id}: ${UNREVISABLE[outcome.reason]}.`,
    );
    return;
  }
  const until = describeInstant((entered ?? outcome.grant).expiresAt, context.clock.now());
  context.print(`${context.palette.good('Renewed')} grant ${id} until ${until}`);
};

const toJson = ({ asked, outcome, entered }: Renewal) =>
  outcome.renewed
    ? { renewed: true, grant: toRecord(entered ?? outcome.grant) }
    : { renewed: false, grant: asked.id, reason: outcome.reason };

const report = (context: Context, words: Words, renewals: readonly Renewal[]): number => {
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, grants: renewals.map(toJson) });
  } else for (const renewal of renewals) tellRenewal(context, renewal);
  return renewals.every(({ outcome }) => outcome.renewed) ? 0 : 1;
};

const run: Command['run'] = async (context, words) => {
  const workspace = openForWriting(context);
  const selection = readSelection(workspace, words, 'renew');
  const config = loadWorkspaceConfig(workspace);
  const wanted = readTtl(words, config);
  const ledger = await workspace.store.read();
  const actor = identify(workspace, textOption(words, 'as'), ledger);
  const holder = requireHolder(actor);
  const targets = listTargets(ledger, holder, selection);
  if (targets.length === 0) {
    context.tell(`Nothing to renew: ${quoteName(holder)} holds no such grant.`);
    if (hasFlag(words, 'json')) printJson(context, { version: JSON_VERSION, grants: [] });
    return 1;
  }
  const renewals: Renewal[] = [];
  for (const asked of targets) {
    const ttl = await limitRenewal(workspace, config, actor, { grant: asked, ttl: wanted });
    const changed = await workspace.store.change(decideRenew(asked.id, holder, ttl));
    renewals.push({ asked, ...changed });
  }
  return report(context, words, renewals);
};

export const command: Command = {
  usage: 'leasehold renew SCOPE… | --grant ID | --all [--ttl 1h]',
  about:
    'Moves the expiry of what you hold: the whole TTL from now. Only before the expiry; what has run out ' +
    'is claimed again.',
  options: {
    grant: { type: 'string', shown: '--grant ID', help: 'one grant, by its id or the start of it' },
    all: { type: 'boolean', shown: '--all', help: 'everything you hold' },
    ttl: { type: 'string', shown: '--ttl 1h', help: 'how long from now' },
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [['leasehold renew --all', 'another hour for everything']],
  run,
};
