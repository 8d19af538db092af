import { formatInstant, parseInstant } from '../kit/clock.ts';
import { type Claim, compileClaim, type Mode } from './grant.ts';
import type { Ask, StoredAsk, Waiter } from './ledger.ts';
import { encodeHolder } from './record.ts';
import type { ScopeRule } from './scope.ts';

/** A waiter's ticket as its file has it. */
type TicketFile = {
  version: 1;
  holder: string;
  since: string;
  until: string;
  scopes: { scope: string; mode: Mode }[];
  task?: string;
};

/** An ask as its file has it. */
type AskFile = Record<'id' | 'from' | 'to' | 'path' | 'message' | 'at', string> & { version: 1 };

type Fields = Record<string, unknown>;

const ENDING = '.json';

const readFields = (text: string): Fields | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Fields) : undefined;
  } catch {
    // Half written, or nobody's: whoever wrote it writes it again, or is not there.
    return undefined;
  }
};

/** What is no text is no time: as text, an object may be anything, an error too. */
const parseTime = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseInstant(value) : undefined;

/** A ticket is known by its id. */
export const ticketName = (id: string): string => `${id}${ENDING}`;

export const serialiseTicket = ({ holder, since, until, claims, task }: Waiter): string => {
  const ticket: TicketFile = {
    version: 1,
    holder,
    since: formatInstant(since),
    until: formatInstant(until),
    scopes: claims.map(({ scope, mode }) => ({ scope, mode })),
    ...(task === undefined ? {} : { task }),
  };
  return `${JSON.stringify(ticket)}\n`;
};

const MODES: readonly unknown[] = ['read', 'write', 'doc-write'] satisfies Mode[];

const parseScope = (json: unknown, rule: ScopeRule): Claim | undefined => {
  const { scope, mode } = (json ?? {}) as Fields;
  if (typeof scope !== 'string' || !MODES.includes(mode)) return undefined;
  const claim = compileClaim(scope, mode as Mode, rule);
  return 'refused' in claim ? undefined : claim;
};

/** A ticket's text → the waiter; undefined where it is none, for then nobody can tell what it waits for. */
export const parseTicket = (text: string, file: string, rule: ScopeRule): Waiter | undefined => {
  const { holder, since, until, scopes, task } = readFields(text) ?? {};
  const times = [since, until].map(parseTime);
  const claims = (Array.isArray(scopes) ? scopes : []).map((scope) => parseScope(scope, rule));
  const [from, to] = times;
  if (typeof holder !== 'string' || from === undefined || to === undefined) return undefined;
  if (claims.length === 0 || !claims.every((claim) => claim !== undefined)) return undefined;
  return {
    id: file.slice(0, -ENDING.length),
    holder,
    claims,
    since: from,
    until: to,
    ...(typeof task === 'string' ? { task } : {}),
  };
};

/** How the names of all asks of a holder begin. */
const addressOf = (holder: string): string => `${encodeHolder(holder)}.`;

export const askName = ({ to, id }: Ask): string => `${addressOf(to)}${id}${ENDING}`;

/** True where an ask of this name is for this holder. */
export const isAddressedTo = (file: string, holder: string): boolean =>
  file.startsWith(addressOf(holder));

export const serialiseAsk = ({ at, claim, ...ask }: Ask): string => {
  const file: AskFile = { version: 1, ...ask, path: claim.scope, at: formatInstant(at) };
  return `${JSON.stringify(file)}\n`;
};

/** An ask's text → the ask; undefined where it is none. */
export const parseAsk = (text: string, file: string, rule: ScopeRule): StoredAsk | undefined => {
  const fields = readFields(text) ?? {};
  const [id, from, to, path, message] = ['id', 'from', 'to', 'path', 'message'].map((name) =>
    typeof fields[name] === 'string' ? (fields[name] as string) : undefined,
  );
  const at = parseTime(fields.at);
  if (id === undefined || from === undefined || to === undefined) return undefined;
  if (path === undefined || message === undefined || at === undefined) return undefined;
  const claim = compileClaim(path, 'write', rule);
  return 'refused' in claim ? undefined : { file, id, from, to, claim, message, at };
};
