import { isNearMiss } from '../guard/index.ts';
import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Claim,
  decideRelease,
  isExpired,
  type Ledger,
  listReleased,
  type ReleaseOutcome,
  type StoredGrant,
  scopesOverlap,
  toScopes,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { AS_OPTION, type Command, hasFlag, JSON_OPTION, printJson, textOption } from './command.ts';
import { forceRelease } from './force.ts';
import { describeNearMiss, listNearMisses } from './near-miss.ts';
import { findGrant, readSelection, type Selection } from './selection.ts';
import { listUnmerged } from './unmerged.ts';
import { identify, openForWriting, requireHolder, type Workspace } from './workspace.ts';

/** What became of one grant, and which commits under it the base branch does not have. */
type Released = { outcome: ReleaseOutcome; unmerged: readonly string[] };

/** A grant to release, whole or in part. */
type Target = { id: string; scopes: readonly Claim[] | undefined };

const listTargets = (ledger: Ledger, holder: string, selection: Selection): Target[] => {
  const own = ledger.grants.filter((grant) => grant.holder === holder);
  if (selection.kind === 'all') return own.map(({ id }) => ({ id, scopes: undefined }));
  if (selection.kind === 'scopes') {
    return own
      .filter((grant) => listReleased(grant, selection.claims).length > 0)
      .map(({ id }) => ({ id, scopes: selection.claims }));
  }
  const grant = findGrant(own, selection.id);
  return grant ? [{ id: grant.id, scopes: undefined }] : [];
};

/** Who holds what was asked for, where it is not the one who asked. */
const findOtherHolder = (
  ledger: Ledger,
  holder: string,
  selection: Selection,
): StoredGrant | undefined => {
  const others = ledger.grants.filter(
    (grant) => grant.holder !== holder && !isExpired(grant, ledger.now),
  );
  if (selection.kind === 'grant') return findGrant(others, selection.id);
  if (selection.kind === 'all') return undefined;
  return others.find((grant) =>
    selection.claims.some((asked) =>
      grant.claims.some((claim) => scopesOverlap(asked.compiled, claim.compiled)),
    ),
  );
};

/** Holders of nearly the same name, where the one who asks never held anything: one of them is meant. */
const findMeant = ({ readEvents }: Workspace, ledger: Ledger, holder: string): string[] => {
  const near = listNearMisses(ledger, holder);
  if (near.length === 0) return [];
  const hasHeld = readEvents().some(
    ({ event, holder: who }) => event === 'claimed' && who === holder,
  );
  return hasHeld ? [] : near;
};

/** A release of what is gone already succeeds; a release of what never was, or is another's, is an error. */
const explainNothing = (
  workspace: Workspace,
  ledger: Ledger,
  holder: string,
  selection: Selection,
): number => {
  const { context } = workspace;
  const other = findOtherHolder(ledger, holder, selection);
  if (other) {
    const near = isNearMiss(other.holder, holder) ? '; holders compare exactly' : '';
    context.tell(
      `Nothing released: ${quoteName(other.holder)} holds that until ${describeInstant(other.expiresAt, ledger.now)}, and you are ${quoteName(holder)}${near}.`,
    );
    return 1;
  }
  const meant = selection.kind === 'grant' ? [] : findMeant(workspace, ledger, holder);
  if (meant.length > 0) {
    context.tell(`Nothing released: ${describeNearMiss(holder, meant)}.`);
    return 1;
  }
  if (selection.kind !== 'grant') {
    context.tell(`Nothing to release: ${quoteName(holder)} holds nothing there.`);
    return 0;
  }
  const wasThere = workspace
    .readEvents()
    .some((event) => event.holder === holder && event.grant.startsWith(selection.id));
  if (wasThere) {
    context.tell(`Nothing to release: grant ${printable(selection.id)} has ended already.`);
    return 0;
  }
  throw new Undecided('usage', `there is no grant ${printable(selection.id)}`, 'leasehold status');
};

/** More than these make no line that anybody would read. */
const MAX_COMMITS = 5;

const tellUnmerged = ({ context }: Workspace, commits: readonly string[]): void => {
  if (commits.length === 0) return;
  const shown = commits.slice(0, MAX_COMMITS).map((commit) => commit.slice(0, 10));
  const rest = commits.length - shown.length;
  const list = [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(' ');
  context.print(
    `${context.palette.warn('not in the base branch yet:')} ${list}; whoever claims this now builds on what is there without them`,
  );
};

const tellReleased = (workspace: Workspace, { outcome, unmerged }: Released): void => {
  const { context } = workspace;
  const { palette } = context;
  if (outcome.released === 'none') {
    const why =
      outcome.reason === 'hand-written'
        ? 'it was written by hand: release it whole, or edit its file'
        : 'it is gone already';
    context.tell(`Not released: ${why}.`);
    return;
  }
  context.print(
    `${palette.good('Released')}${outcome.released === 'part' ? ' in part; the rest goes on' : ''}`,
  );
  for (const { scope } of outcome.claims) context.print(`  ${palette.strong(printable(scope))}`);
  tellUnmerged(workspace, unmerged);
};

const toJson = ({ outcome, unmerged }: Released) =>
  outcome.released === 'none'
    ? { released: 'none', reason: outcome.reason }
    : {
        released: outcome.released,
        grant: outcome.grant.id,
        scopes: toScopes(outcome.claims),
        unmerged,
      };

const run: Command['run'] = async (context, words) => {
  const workspace = openForWriting(context);
  const selection = readSelection(workspace, words, 'release');
  const ledger = await workspace.store.read();
  const holder = requireHolder(identify(workspace, textOption(words, 'as'), ledger));
  if (hasFlag(words, 'force')) return forceRelease(workspace, words, selection, { ledger, holder });
  const targets = listTargets(ledger, holder, selection);
  const outcomes: Released[] = [];
  for (const { id, scopes } of targets) {
    const { outcome } = await workspace.store.change(decideRelease(id, holder, scopes));
    const unmerged =
      outcome.released === 'none' ? [] : listUnmerged(workspace, outcome.grant, outcome.claims);
    outcomes.push({ outcome, unmerged });
  }
  if (targets.length === 0) {
    const code = explainNothing(workspace, ledger, holder, selection);
    if (hasFlag(words, 'json')) printJson(context, { version: JSON_VERSION, released: [] });
    return code;
  }
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, released: outcomes.map(toJson) });
  } else for (const outcome of outcomes) tellReleased(workspace, outcome);
  const isRefused = ({ outcome }: Released) =>
    outcome.released === 'none' && outcome.reason === 'hand-written';
  return outcomes.some(isRefused) ? 1 : 0;
};

export const command: Command = {
  usage: 'leasehold release SCOPE… | --grant ID | --all [--force --reason TEXT]',
  about:
    'Gives back what you hold: the claims on SCOPE and below, one grant, or all. Releasing what is gone ' +
    'already succeeds; another holder’s claims stay, but with --force.',
  options: {
    grant: { type: 'string', shown: '--grant ID', help: 'one grant, by its id or the start of it' },
    all: { type: 'boolean', shown: '--all', help: 'everything you hold' },
    force: {
      type: 'boolean',
      shown: '--force',
      help: 'what other holders have there; they are told',
    },
    reason: { type: 'string', shown: '--reason TEXT', help: 'why, with --force' },
    ...AS_OPTION,
    ...JSON_OPTION,
  },
  examples: [
    ['leasehold release src/parser/', 'what you hold there; other parts of the grant go on'],
    ['leasehold release --all', 'when the work is done'],
    [
      'leasehold release --force --reason "its agent has crashed" src/lib.rs',
      'what another holds there, and no more than is seen now',
    ],
  ],
  run,
};
