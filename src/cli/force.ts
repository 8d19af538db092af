import { describeInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { printable, quoteName } from '../kit/quote.ts';
import {
  type Claim,
  decideForce,
  type ForceOutcome,
  type Ledger,
  listMeeting,
  type StoredGrant,
  toScopes,
} from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { type Context, hasFlag, printJson, textOption, type Words } from './command.ts';
import { findGrant, type Selection } from './selection.ts';
import type { Workspace } from './workspace.ts';

const readReason = (words: Words): string => {
  const reason = textOption(words, 'reason')?.trim() ?? '';
  if (reason !== '') return reason;
  throw new Undecided(
    'usage',
    'a grant of another holder is ended only with a reason, which its holder is told',
    'leasehold release --force --reason TEXT SCOPE',
  );
};

/** Grants of others that are meant, with what of them is. */
const listTargets = (
  ledger: Ledger,
  holder: string,
  selection: Selection,
): { seen: StoredGrant; scopes?: readonly Claim[] }[] => {
  const others = ledger.grants.filter((grant) => grant.holder !== holder);
  if (selection.kind === 'all') {
    throw new Undecided(
      'usage',
      '--force takes scopes or --grant ID: nobody ends the work of all others at once',
      'leasehold status',
    );
  }
  if (selection.kind === 'grant') {
    const seen = findGrant(others, selection.id);
    return seen ? [{ seen }] : [];
  }
  const { claims: scopes } = selection;
  return others
    .filter((grant) => listMeeting(grant, scopes).length > 0)
    .map((seen) => ({ seen, scopes }));
};

type Forced = { seen: StoredGrant; outcome: ForceOutcome };

const REASONS = {
  gone: 'it has ended already',
  changed: 'it has changed since it was looked at (it was renewed, say), so it was left as it is',
  'hand-written': 'it was written by hand, and goes whole or not at all: give its --grant ID',
} as const;

const tellForced = (context: Context, { seen, outcome }: Forced): void => {
  const { palette, errorPalette, clock } = context;
  const whose = `${quoteName(seen.holder)}'s grant ${printable(seen.id.slice(0, 8))}`;
  if (outcome.forced === 'none') {
    context.tell(`${errorPalette.bad('Not ended')}: ${whose}: ${REASONS[outcome.reason]}.`);
    return;
  }
  const part = outcome.forced === 'part' ? ', in part (the rest goes on)' : '';
  const until = describeInstant(seen.expiresAt, clock.now());
  context.print(
    `${palette.good('Ended by force')}${part}: ${whose}, which was to last until ${until}`,
  );
  for (const { scope } of outcome.claims) context.print(`  ${palette.strong(printable(scope))}`);
};

const toJson = ({ seen, outcome }: Forced) => ({
  forced: outcome.forced,
  holder: seen.holder,
  grant: seen.id,
  ...(outcome.forced === 'none'
    ? { reason: outcome.reason }
    : { scopes: toScopes(outcome.claims) }),
});

/** A grant that was there has ended, and one's own is nothing to end; an id that never was is a mistake. */
const assertKnown = (workspace: Workspace, ledger: Ledger, selection: Selection): void => {
  if (selection.kind !== 'grant') return;
  const { id } = selection;
  if (findGrant(ledger.grants, id)) return;
  const events = id === '' ? [] : workspace.readEvents();
  if (events.some((event) => event.grant.startsWith(id))) return;
  throw new Undecided('usage', `there is no grant ${printable(id)}`, 'leasehold status');
};

/** `release --force`: ends what other holders hold, exactly as it is seen now, and tells them why. */
export const forceRelease = async (
  workspace: Workspace,
  words: Words,
  selection: Selection,
  { ledger, holder: by }: { ledger: Ledger; holder: string },
): Promise<number> => {
  const { context, store } = workspace;
  const reason = readReason(words);
  const targets = listTargets(ledger, by, selection);
  if (targets.length === 0) assertKnown(workspace, ledger, selection);
  const forced: Forced[] = [];
  for (const target of targets) {
    const request = { ...target, by, reason, id: context.createId() };
    const { outcome } = await store.change(decideForce(request));
    forced.push({ seen: target.seen, outcome });
  }
  if (hasFlag(words, 'json')) {
    printJson(context, { version: JSON_VERSION, forced: forced.map(toJson) });
  } else for (const one of forced) tellForced(context, one);
  if (targets.length === 0) context.tell('Nothing to end: no other holder has that.');
  const isLeft = ({ outcome }: Forced) => outcome.forced === 'none' && outcome.reason !== 'gone';
  return forced.some(isLeft) ? 1 : 0;
};
