import { formatInstant, parseInstant } from '../kit/clock.ts';
import { challengeName, findLag, listAnswered, readChallengeTime } from './challenge.ts';
import { disclose, discloseEvent, type KnowsEmail, type PrivateNotes } from './disclosure.ts';
import { createEvent, type LogEvent } from './event.ts';
import { type Grant, isOurs } from './grant.ts';
import type { Ending, Ledger, Plan, Waiter } from './ledger.ts';
import type { Edits } from './ledger-repository.ts';
import { askName, serialiseAsk, serialiseTicket, ticketName } from './mail.ts';
import { noteName, serialiseNote } from './note.ts';
import { lockFileName, serialiseGrant } from './record.ts';
import { type LedgerFile, type Section, type Snapshot, STATE_FILE } from './snapshot.ts';

/** How old a waiter's heartbeat may become before the next is written, in milliseconds. */
const BEAT = 4_000;

/** What a plan comes to on one snapshot. */
export type Carried = {
  edits: Edits;
  events: readonly LogEvent[];
  /** As it is in this clone, with what others do not see. */
  entered: Grant | undefined;
};

export type EditContext = {
  snapshot: Snapshot;
  ledger: Ledger;
  textOf: (file: LedgerFile) => string | undefined;
  knowsEmail: KnowsEmail;
  /** What this clone keeps to itself of a grant, by its id. */
  privateOf: (id: string) => PrivateNotes;
};

type Draft = { edits: Map<string, string | null>; events: LogEvent[] };

const findFile = ({ files }: Snapshot, section: Section, name: string): LedgerFile | undefined =>
  files.find((file) => file.section === section && file.name === name);

const pathIn = (section: Section, name: string): string => `${section}/${name}`;

const remove = (
  { snapshot }: EditContext,
  { edits }: Draft,
  section: Section,
  names: readonly string[],
): void => {
  for (const name of names) {
    const file = findFile(snapshot, section, name);
    if (file) edits.set(file.path, null);
  }
};

/** Every record of these grants. */
const removeGrants = (context: EditContext, draft: Draft, ids: readonly string[]): void => {
  const { grants, superseded } = context.ledger;
  const records = [...grants, ...superseded].filter(({ id }) => ids.includes(id));
  remove(
    context,
    draft,
    'locks',
    records.map(({ file }) => file),
  );
};

/** When the beat of a ticket was written, as its text says. */
export const readBeat = (text: string): number | undefined => {
  try {
    const { beat } = JSON.parse(text) as { beat?: unknown };
    return typeof beat === 'string' ? parseInstant(beat) : undefined;
  } catch {
    return undefined;
  }
};

const withBeat = (ticket: string, now: number): string =>
  `${JSON.stringify({ ...JSON.parse(ticket), beat: formatInstant(now) })}\n`;

/** A ticket that has beaten a moment ago is left as it is; one that is there keeps its place. */
const beat = ({ snapshot, ledger, textOf }: EditContext, { edits }: Draft, wait: Waiter): void => {
  const name = ticketName(wait.id);
  const file = findFile(snapshot, 'queue', name);
  const text = file && textOf(file);
  const last = text === undefined ? undefined : readBeat(text);
  if (last !== undefined && Math.abs(ledger.now - last) < BEAT) return;
  edits.set(pathIn('queue', name), withBeat(text ?? serialiseTicket(wait), ledger.now));
};

const settleMail = (context: EditContext, draft: Draft, plan: Plan): void => {
  const { wait, leave, ask, answered = [] } = plan;
  if (wait) beat(context, draft, wait);
  if (leave !== undefined) remove(context, draft, 'queue', [ticketName(leave)]);
  if (ask) draft.edits.set(pathIn('asks', askName(ask)), serialiseAsk(ask));
  remove(context, draft, 'asks', answered);
};

const writeNotes = (context: EditContext, { edits }: Draft, { notify }: Plan): void => {
  for (const ending of notify?.endings ?? []) {
    const { grant } = ending;
    const about = disclose(grant.about, context.knowsEmail);
    const open: Ending = { ...ending, grant: { ...grant, about } };
    const name = noteName(grant, notify?.id ?? '');
    edits.set(pathIn('ended', name), serialiseNote(open, context.ledger.now));
  }
};

/** A renewal that answers a challenge holds by the challenger's clock too. */
const answerChallenge = (context: EditContext, { predecessor }: Plan, add: Grant): Grant => {
  if (predecessor === undefined) return add;
  const file = findFile(context.snapshot, 'asks', challengeName({ file: predecessor }));
  const text = file && context.textOf(file);
  const lag = findLag(text === undefined ? undefined : readChallengeTime(text), context.ledger.now);
  return lag === 0 ? add : { ...add, expiresAt: add.expiresAt + lag };
};

/** The grant that enters, with the next token; whom it takes over goes before. */
const enter = (context: EditContext, draft: Draft, plan: Plan & { add: Grant }): Grant => {
  const { snapshot, ledger, knowsEmail, privateOf } = context;
  const about = { ...privateOf(plan.add.id), ...plan.add.about };
  const token = snapshot.state.token + 1;
  const grant = answerChallenge(context, plan, { ...plan.add, about, token });
  for (const expired of plan.takeOver ?? []) {
    draft.events.push(createEvent('taken-over', expired, ledger.now, { by: grant.holder }));
    if (isOurs(expired)) removeGrants(context, draft, [expired.id]);
  }
  if (plan.predecessor !== undefined) remove(context, draft, 'locks', [plan.predecessor]);
  const open = { ...grant, about: disclose(about, knowsEmail) };
  draft.edits.set(pathIn('locks', lockFileName(grant)), serialiseGrant(open));
  return grant;
};

/** The events of a plan; those of what enters say under which token, and whose it is. */
const tellEvents = (
  { knowsEmail }: EditContext,
  events: readonly LogEvent[],
  entered: Grant | undefined,
): LogEvent[] =>
  events
    .map((event) =>
      entered?.token !== undefined && event.grant === entered.id
        ? { ...event, token: entered.token }
        : event,
    )
    .map((event) => discloseEvent(event, knowsEmail));

/** What goes with any change: challenges that are answered. */
const tidy = ({ snapshot }: EditContext, { edits }: Draft): void => {
  for (const { path } of listAnswered(snapshot.files)) edits.set(path, null);
};

/** True where a plan goes by a record that is not there: it was decided on another ledger. */
export const isOutdated = ({ snapshot }: EditContext, { predecessor }: Plan): boolean =>
  predecessor !== undefined && !findFile(snapshot, 'locks', predecessor);

/** What a plan does to a ledger in a ref: pure, for the ref takes all of it or nothing. */
export const planEdits = (context: EditContext, plan: Plan): Carried => {
  const draft: Draft = { edits: new Map(), events: [] };
  const { add } = plan;
  // What goes is settled first: a note or a record of the same name that comes in stays.
  removeGrants(context, draft, plan.release ?? []);
  remove(context, draft, 'locks', plan.remove ?? []);
  remove(context, draft, 'ended', plan.forget ?? []);
  const entered = add && enter(context, draft, { ...plan, add });
  const isEnded = entered !== undefined && plan.release?.includes(entered.id);
  if (isEnded) draft.edits.delete(pathIn('locks', lockFileName(entered)));
  writeNotes(context, draft, plan);
  settleMail(context, draft, plan);
  const events = [...draft.events, ...tellEvents(context, plan.events, entered)];
  if (draft.edits.size + events.length > 0) tidy(context, draft);
  return { edits: draft.edits, events, entered };
};

/** The next state of a ledger after a change. */
export const withState = (edits: Edits, { state }: Snapshot, entered: Grant | undefined): Edits =>
  new Map([
    ...edits,
    [
      STATE_FILE,
      `${JSON.stringify({
        version: 1,
        seq: state.seq + 1,
        token: Math.max(state.token, entered?.token ?? 0),
      })}\n`,
    ],
  ]);
