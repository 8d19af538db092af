import { formatInstant, formatSpan, parseDuration, parseInstant } from '../kit/clock.ts';
import { printable } from '../kit/quote.ts';
import { type Claim, type Grant, lifeOf } from './grant.ts';
import { renderApproval } from './issue-approval.ts';
import { readScopes, renderScopes } from './issue-scopes.ts';
import { type LockRecord, parseGrant, toRecord } from './record.ts';
import type { TableRule } from './tables.ts';

/** How a lock issue ended; one that was closed by hand says nothing of it. */
export type IssueEnd = {
  how: 'released' | 'expired' | 'withdrawn' | 'continued' | 'forced' | 'taken-over' | 'merged';
  at: number;
  by?: string;
  reason?: string;
};

/**
 * What a lock issue of ours says beside its grant. `claiming`: it looks whether it may have it; `asking`: it
 * waits for approval; `since` is when it began to.
 */
export type IssueState = {
  state: 'claiming' | 'asking' | 'granted';
  since: number;
  /** Whom it asks, as CODEOWNERS names them. */
  owners?: readonly string[];
  end?: IssueEnd;
  /** What became of it, for its holder: notes as their files have them. */
  notes?: readonly Note[];
  /** Set where it shows a lock that is kept elsewhere: it binds nobody, and to close it releases nothing. */
  copyOf?: { store: 'file' | 'git'; token: number };
};

/** A note's file name and text. */
type Note = { file: string; text: string };

export type LockBody = IssueState & { grant: Grant };

/** What somebody wrote into the form by hand. */
export type FormBody = {
  claims: readonly Claim[];
  task?: string;
  ttl: number;
  parentIssue?: number;
};

/** What a host takes in one body, in characters. */
export const MAX_BODY = 65_536;
const MAX_TITLE = 200;
const MAX_NOTES = 8;
const MAX_LINE = 1000;
const RECORD_HEADING = '### Record';
const TITLE_START = '[LOCK] ';

/** True for the title of a lock issue. */
export const isLockTitle = (title: string): boolean => title.startsWith(TITLE_START);

const shorten = (text: string, length: number): string => {
  const chars = Array.from(text);
  return chars.length > length ? `${chars.slice(0, length - 1).join('')}…` : text;
};

/** `[LOCK] <scope> - <task>`; of several scopes the first. */
export const renderTitle = ({ claims, about, holder }: Grant): string => {
  const [first] = claims;
  const more = claims.length > 1 ? ` and ${claims.length - 1} more` : '';
  const task = printable((about.task ?? `held by ${holder}`).replace(/\s+/g, ' '));
  return shorten(`${TITLE_START}${printable(first?.scope ?? '')}${more} - ${task}`, MAX_TITLE);
};

/** Somebody's text as one line of code: no heading, no mention, no link. */
const asLine = (text: string | undefined): string =>
  text === undefined
    ? '_none_'
    : `\`${shorten(printable(text.replace(/\s+/g, ' ').trim()), MAX_LINE).replaceAll('`', "'")}\``;

/** Text on several lines in a fence that nothing of it can end. */
const asBlock = (text: string): string => `\`\`\`text\n${text.replaceAll('`', "'")}\n\`\`\``;

/** An owner is mentioned, for they are to answer. */
const asMention = (owner: string): string =>
  /^@[\w-]+(?:\/[\w-]+)?$/.test(owner) ? owner : asLine(owner);

const renderStatus = (body: LockBody): string => {
  const { grant, state, owners = [], end } = body;
  if (end) {
    const by = end.by === undefined ? '' : ` by ${asLine(end.by)}`;
    const why = end.reason === undefined ? '' : `: ${asLine(end.reason)}`;
    return `This lock has ended: ${end.how}${by}${why}`;
  }
  if (state === 'claiming') return `${asLine(grant.holder)} is about to claim this.`;
  if (state === 'granted')
    return `Held by ${asLine(grant.holder)} until ${formatInstant(grant.expiresAt)}.`;
  const approval = asBlock(renderApproval({ ...grant, ttl: lifeOf(grant) }));
  return `${asLine(grant.holder)} asks for approval by ${owners.map(asMention).join(', ')}, in a comment that says what they approve of:\n\n${approval}`;
};

/** The record for machines; nothing in it can end the fence that it stands in, nor be taken for a mention. */
const renderRecord = (body: LockBody): string => {
  const { grant, state, since, owners, end, notes = [], copyOf } = body;
  // The number of the issue is the token, and no two say different ones.
  const { token: _, ...record } = toRecord(grant);
  const json = {
    version: 1,
    state,
    since: formatInstant(since),
    ...(copyOf ? { copy_of: copyOf } : {}),
    ...(owners ? { owners } : {}),
    ...(end ? { end: { ...end, at: formatInstant(end.at) } } : {}),
    ...(notes.length > 0 ? { notes: notes.slice(-MAX_NOTES) } : {}),
    record,
  };
  return JSON.stringify(json, null, 1).replaceAll('`', '\\u0060');
};

const KEPT_IN = {
  file: 'the clone of whoever claimed it',
  git: 'the ledger that the clones share',
} as const;

const renderMeaning = ({ copyOf }: LockBody): string =>
  copyOf
    ? `A copy, for people to see: what counts is in ${KEPT_IN[copyOf.store]}. To close this issue changes nothing; the lock is given back by \`leasehold release\`.`
    : 'This is what counts. To give the lock back: `leasehold release`, or close this issue.';

/** The whole text of a lock issue: the form's fields for people, then the record that counts. */
export const renderBody = (body: LockBody): string => {
  const { claims, about, expiresAt } = body.grant;
  return [
    renderStatus(body),
    ...(about.urgent === undefined
      ? []
      : [`**Urgent**, without approval: ${asLine(about.urgent)}`]),
    `### Paths\n\n${asBlock(renderScopes(claims))}`,
    `### Planned changes\n\n${asLine(about.task)}`,
    `### Duration\n\n${formatSpan(lifeOf(body.grant))}, until ${formatInstant(expiresAt)}`,
    `### Parent issue\n\n${about.parentIssue === undefined ? '_none_' : `#${about.parentIssue}`}`,
    `${RECORD_HEADING}\n\n${renderMeaning(body)}\n\n\`\`\`json\n${renderRecord(body)}\n\`\`\`\n`,
  ].join('\n\n');
};

type Fields = Record<string, unknown>;
const isFields = (json: unknown): json is Fields =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const STATES: readonly unknown[] = [
  'claiming',
  'asking',
  'granted',
] satisfies IssueState['state'][];
const ENDS: readonly unknown[] = [
  'released',
  'expired',
  'withdrawn',
  'continued',
  'forced',
  'taken-over',
  'merged',
] satisfies IssueEnd['how'][];

const parseEnd = (json: unknown): IssueEnd | undefined => {
  if (!isFields(json) || !ENDS.includes(json.how)) return undefined;
  const at = parseInstant(String(json.at));
  const [by, reason] = [textOf(json.by), textOf(json.reason)];
  if (at === undefined) return undefined;
  return {
    how: json.how as IssueEnd['how'],
    at,
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  };
};

const parseNotes = (json: unknown): Note[] =>
  (Array.isArray(json) ? json : [])
    .filter(isFields)
    .flatMap(({ file, text }) =>
      typeof file === 'string' && typeof text === 'string' ? [{ file, text }] : [],
    )
    .slice(-MAX_NOTES);

const parseCopyOf = (json: unknown): LockBody['copyOf'] => {
  if (!isFields(json) || (json.store !== 'file' && json.store !== 'git')) return undefined;
  const { store, token } = json;
  return typeof token === 'number' ? { store, token } : undefined;
};

const parseRecord = (
  text: string,
  number: number,
  rule: TableRule,
): { body: LockBody } | { refused: string } => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { refused: 'its record is not valid JSON' };
  }
  if (!isFields(json) || !isFields(json.record)) return { refused: 'its record is not there' };
  const since = parseInstant(String(json.since));
  if (!STATES.includes(json.state) || since === undefined) {
    return { refused: 'its record does not say what state it is in' };
  }
  const record: Partial<LockRecord> = { ...json.record, token: number };
  const parsed = parseGrant(JSON.stringify(record), undefined, rule);
  if ('refused' in parsed) return parsed;
  if (parsed.grant.token === undefined)
    return { refused: 'its record has no id, or a later version' };
  const owners = Array.isArray(json.owners) ? json.owners.map(String) : undefined;
  const end = parseEnd(json.end);
  const notes = parseNotes(json.notes);
  const copyOf = parseCopyOf(json.copy_of);
  return {
    body: {
      state: json.state as IssueState['state'],
      since,
      grant: parsed.grant,
      ...(owners ? { owners } : {}),
      ...(end ? { end } : {}),
      ...(notes.length > 0 ? { notes } : {}),
      ...(copyOf ? { copyOf } : {}),
    },
  };
};

/** What stands under a heading of the form; undefined where it is missing or left empty. */
const findField = (text: string, heading: string): string | undefined => {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => line.trim().toLowerCase() === `### ${heading}`);
  if (start === -1) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('### '));
  const field = lines.slice(start + 1, length === -1 ? undefined : start + 1 + length);
  const value = field.join('\n').trim();
  return value === '' || /^_(?:no response|none)_$/i.test(value) ? undefined : value;
};

/** An issue that somebody opened by the form: its required fields are the paths and the duration. */
const parseForm = (text: string, rule: TableRule): { form: FormBody } | { refused: string } => {
  const paths = findField(text, 'paths');
  const duration = findField(text, 'duration');
  if (paths === undefined || duration === undefined) {
    return {
      refused: 'it has neither a record nor the fields of the form, "### Paths" and "### Duration"',
    };
  }
  const ttl = parseDuration(duration.replace(/\s+/g, ''));
  if (ttl === undefined) return { refused: 'its duration is not like 90m, 2h or 1d' };
  const scopes = readScopes(paths.split('\n'), rule);
  if ('refused' in scopes) return scopes;
  const task = findField(text, 'planned changes');
  const parent = /^#?(\d{1,9})$/.exec(findField(text, 'parent issue') ?? '')?.[1];
  return {
    form: {
      claims: scopes.claims,
      ttl,
      ...(task === undefined ? {} : { task }),
      ...(parent === undefined ? {} : { parentIssue: Number(parent) }),
    },
  };
};

/** The text of lock issue `number` → its record, or the form that somebody filled in, or why it is neither. */
export const parseBody = (
  text: string,
  number: number,
  rule: TableRule,
): { body: LockBody } | { form: FormBody } | { refused: string } => {
  if (text.length > MAX_BODY) return { refused: `it is longer than ${MAX_BODY} characters` };
  const start = text.lastIndexOf(`\n${RECORD_HEADING}`);
  if (start === -1) return parseForm(text, rule);
  const fence = /^```json\r?\n([\s\S]*?)^```\s*$/m.exec(text.slice(start));
  return fence ? parseRecord(fence[1] ?? '', number, rule) : { refused: 'its record is not there' };
};
