import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Changed,
  decideExtend,
  type ExtendOutcome,
  type Grant,
  isOurs,
  type Ledger,
  lifeOf,
  listActive,
  type StoredGrant,
  toRecord,
  toScopes,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { assertNoNeeds } from './approvals.ts';
import { tellGrant, tellTakenOver } from './claim.ts';
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
import { renderDenial, toDenialJson } from './conflict-text.ts';
import { assertModest, readClaims, repeatScopes, SCOPE_OPTIONS } from './request.ts';
import { findGrant, UNREVISABLE } from './selection.ts';
import {
  changeOrWait,
  createTicket,
  EXTEND_TIMEOUT,
  readPatience,
  WAIT_OPTIONS,
} from './waiting.ts';
import { identify, loadWorkspaceConfig, openForWriting, requireHolder } from './workspace.ts';

/** The grant that is meant: the one named, or the only one. */
const findTarget = (ledger: Ledger, holder: string, words: Words): StoredGrant => {
  const id = textOption(words, 'grant');
  const own = listActive(ledger).filter((grant) => grant.holder === holder && isOurs(grant));
  const [only] = own;
  if (id !== undefined) {
    const named = findGrant(own, id);
    if (named) return named;
    throw new Undecided(
      'usage',
      `${quoteName(holder)} has no active grant ${printable(id)}`,
      'leasehold status',
    );
  }
  if (only && own.length === 1) return only;
  if (!only) {
    throw new Undecided(
      'usage',
      `${quoteName(holder)} holds no grant to extend`,
      repeatScopes(words, 'leasehold claim'),
    );
  }
  const ids = own.map((grant) => grant.id.slice(0, 8)).join(', ');
  throw new Undecided(
    'usage',
    `${quoteName(holder)} holds ${own.length} grants (${ids}): say which one`,
    repeatScopes(words, `leasehold extend --grant ${only.id.slice(0, 8)}`),
  );
};

const toJson = (outcome: ExtendOutcome, grant: Grant, now: number): object => {
  if (outcome.granted) {
    return { granted: true, grant: toRecord(grant), added: toScopes(outcome.added) };
  }
  return 'reason' in outcome
    ? { granted: false, reason: outcome.reason }
    : toDenialJson(outcome, now);
};

const tellOutcome = (context: Context, outcome: ExtendOutcome, grant: Grant): void => {
  if (outcome.granted) {
    tellGrant(context, outcome.added.length > 0 ? 'Extended for' : 'Granted already to', grant);
    return;
  }
  const { errorPalette, clock } = context;
  const text =
    'reason' in outcome
      ? `${errorPalette.bad('Not extended')}: ${UNREVISABLE[outcome.reason]}.`
      : renderDenial(outcome, clock.now(), errorPalette);
  context.tell(text);
};

const report = (
  context: Context,
  words: Words,
  { outcome, entered }: Changed<ExtendOutcome>,
  target: StoredGrant,
): number => {
  if (outcome.granted) tellTakenOver(context, outcome.takenOver);
  const grant = entered ?? target;
  if (hasFlag(words, 'json')) {
    const body = toJson(outcome, grant, context.clock.now());
    printJson(context, { version: JSON_VERSION, ...body });
  } else tellOutcome(context, outcome, grant);
  return outcome.granted ? 0 : 1;
};

const run: Command['run'] = async (context, words) => {
  const workspace = openForWriting(context);
  const config = loadWorkspaceConfig(workspace);
  const claims = readClaims(workspace, words, config, 'extend');
  const ledger = await workspace.store.read();
  const actor = identify(workspace, textOption(words, 'as'), ledger);
  const holder = requireHolder(actor);
  const target = findTarget(ledger, holder, words);
  await assertNoNeeds(workspace, config, actor, { claims, ledger, ttl: lifeOf(target) });
  assertModest([...target.claims, ...claims], words, config);
  const patience = readPatience(words, EXTEND_TIMEOUT, true);
  const { task } = target.about;
  const ticket = createTicket(workspace, { holder, claims, task }, patience);
  const request = { id: target.id, holder, claims, ...(ticket ? { ticket } : {}) };
  const changed = await changeOrWait(workspace, decideExtend(request), ticket);
  return 'stopped' in changed ? changed.stopped : report(context, words, changed, target);
};

export const command: Command = {
  usage: 'leasehold extend SCOPE… [--read SCOPE] [--doc SCOPE] [--grant ID] [--timeout 30s]',
  about:
    'Adds scopes to a grant that you hold, all or nothing, and makes a read of yours a write where nobody ' +
    'else reads. Its expiry stays. It waits half a minute where another is in the way.',
  options: {
    ...SCOPE_OPTIONS,
    grant: {
      type: 'string',
      shown: '--grant ID',
      help: 'which of your grants; needed where you hold several',
    },
    timeout: { ...WAIT_OPTIONS.timeout, shown: '--timeout 30s' },
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold extend src/lexer/', 'one directory more'],
    [
      'leasehold extend src/api.ts --timeout 0s',
      'to write what you have held to read, or to hear at once who else reads it',
    ],
  ],
  run,
};
