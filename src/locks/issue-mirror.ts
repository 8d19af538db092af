import { disclose } from './disclosure.ts';
import { type Grant, isExpired } from './grant.ts';
import { type IssueEnd, renderTitle } from './issue-body.ts';
import { renderWhole } from './issue-endings.ts';
import type { EndedGrant, Ledger, StoredGrant } from './ledger.ts';

/** What a clone has shown: the text of a grant's issue, and its number once it is known. */
export type Shown = { id: string; number: number | undefined; text: string; expiresAt: number };

/** The issues of grants that are kept elsewhere, as they are to be. */
export type MirrorPlan = {
  /** To be opened, or, with a number, to be written anew. */
  show: readonly (Shown & { title: string })[];
  /** To be closed; without a number where another clone has opened them. */
  close: readonly { id: string; number: number | undefined; end: IssueEnd }[];
  /** Notes of how grants ended that are seen to by this. */
  handled: readonly string[];
};

export type MirrorState = {
  store: 'file' | 'git';
  /** The grants that this clone shows: those that were claimed in it. */
  isOwn: (grant: StoredGrant) => boolean;
  shown: readonly Shown[];
  /** Notes that were seen to before. */
  handled: ReadonlySet<string>;
};

/** Everybody can read an issue: no e-mail, and nothing of the machine. */
const asPublic = (grant: Grant): Grant => ({ ...grant, about: disclose(grant.about, () => false) });

const renderCopy = (grant: StoredGrant, store: MirrorState['store']): string =>
  renderWhole({
    state: 'granted',
    since: grant.lockedAt,
    grant: asPublic(grant),
    copyOf: { store, token: grant.token ?? 0 },
  });

const findEnd = ({ id, expiresAt }: Shown, { ended, now }: Ledger): IssueEnd => {
  const note = ended.find(({ grant }) => grant.id === id);
  if (note) return toEnd(note);
  return { how: expiresAt <= now ? 'expired' : 'released', at: now };
};

const toEnd = ({ how, by, reason, endedAt }: EndedGrant): IssueEnd => ({
  how,
  at: endedAt,
  by,
  ...(reason === undefined ? {} : { reason }),
});

/**
 * What there is to do until issues show what is held: a comparison with what was shown, so that whatever was
 * missed comes with the next one. What ended by somebody else's doing is closed by whoever sees it first.
 */
export const planMirror = (
  ledger: Ledger,
  { store, isOwn, shown, handled }: MirrorState,
): MirrorPlan => {
  const alive = ledger.grants.filter((grant) => !isExpired(grant, ledger.now));
  const held = new Set(alive.map(({ id }) => id));
  const before = new Map(shown.map((one) => [one.id, one]));
  const show = alive
    .filter(isOwn)
    .map((grant) => ({
      id: grant.id,
      number: before.get(grant.id)?.number,
      text: renderCopy(grant, store),
      expiresAt: grant.expiresAt,
      title: renderTitle(grant),
    }))
    .filter(({ id, number, text }) => number === undefined || before.get(id)?.text !== text);
  const gone = shown.filter(({ id }) => !held.has(id));
  const fresh = ledger.ended.filter(({ file, grant }) => !handled.has(file) && !held.has(grant.id));
  const foreign = fresh.filter(({ grant }) => !before.has(grant.id));
  return {
    show,
    close: [
      ...gone.map((one) => ({ id: one.id, number: one.number, end: findEnd(one, ledger) })),
      ...foreign.map((note) => ({ id: note.grant.id, number: undefined, end: toEnd(note) })),
    ],
    handled: fresh.map(({ file }) => file),
  };
};

/** Nothing to do: what is shown is what is held. */
export const isSettled = ({ show, close }: MirrorPlan): boolean => show.length + close.length === 0;
