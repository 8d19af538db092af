import { formatInstant, parseInstant } from '../kit/clock.ts';
import { quoteForeign } from '../kit/quote.ts';
import { type Claim, compileClaim, type Grant, type GrantNotes, type Mode } from './grant.ts';
import type { ScopeRule } from './scope.ts';
import { type TableRule, toTables, withTables } from './tables.ts';

/** Scopes of one mode as a lock file writes them. */
export type ScopeLists = { files: string[]; directories: string[]; patterns: string[] };

/** A lock file's JSON. The first three and `files` are required, all else is optional. */
export type LockRecord = ScopeLists & {
  agent: string;
  locked_at: string;
  expires_at: string;
  read: ScopeLists;
  doc: ScopeLists;
  task_description?: string;
  version: number;
  id: string;
  rev: number;
  /** Missing in a record that was written by hand. */
  token?: number;
  email?: string;
  worktree?: string;
  branch?: string;
  host?: string;
  session?: string;
  confine?: boolean;
  parent_issue?: number;
  /** Why it did not wait for an owner's approval. */
  urgent?: string;
  renewed_at?: string;
  /** Who is ending the grant by force, and why. */
  forced_by?: string;
  force_reason?: string;
};

export const RECORD_VERSION = 1;
const MAX_NAME = 200;

type Fields = Record<string, unknown>;
type Parsed<T> = { value: T } | { refused: string };

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const compileClaims = (
  lists: unknown,
  name: string,
  mode: Mode,
  rule: ScopeRule,
): Parsed<Claim[]> => {
  if (lists === undefined) return { value: [] };
  if (!Array.isArray(lists)) return { refused: `${name} is not a list` };
  const claims: Claim[] = [];
  for (const text of lists) {
    if (typeof text !== 'string') return { refused: `${name} holds something that is not text` };
    const claim = compileClaim(text, mode, rule);
    if ('refused' in claim)
      return { refused: `${name} holds ${quoteForeign(text)}: ${claim.refused}` };
    claims.push(claim);
  }
  return { value: claims };
};

const LISTS = ['files', 'directories', 'patterns'] as const;

const parseSection = (
  fields: Fields,
  name: string,
  mode: Mode,
  rule: ScopeRule,
): Parsed<Claim[]> => {
  const section = fields[name];
  if (section === undefined) return { value: [] };
  if (!isFields(section)) return { refused: `${name} is not an object` };
  return joinClaims(LISTS.map((list) => compileClaims(section[list], list, mode, rule)));
};

const joinClaims = (parts: readonly Parsed<Claim[]>[]): Parsed<Claim[]> => {
  const claims: Claim[] = [];
  for (const part of parts) {
    if ('refused' in part) return part;
    claims.push(...part.value);
  }
  return { value: claims };
};

const isLaterVersion = (fields: Fields): boolean =>
  typeof fields.version === 'number' && fields.version > RECORD_VERSION;

/** A record of a later version binds by its `files`, and by whatever else reads as it does today. */
const parseAllClaims = (fields: Fields, rule: ScopeRule): Parsed<Claim[]> => {
  const files = compileClaims(fields.files, 'files', 'write', rule);
  const others = [
    compileClaims(fields.directories, 'directories', 'write', rule),
    compileClaims(fields.patterns, 'patterns', 'write', rule),
    parseSection(fields, 'read', 'read', rule),
    parseSection(fields, 'doc', 'doc-write', rule),
  ];
  const isKnown = (part: Parsed<Claim[]>) => !isLaterVersion(fields) || !('refused' in part);
  return joinClaims([files, ...others.filter(isKnown)]);
};

const parseTime = (fields: Fields, name: string): Parsed<number> => {
  const text = fields[name];
  const instant = typeof text === 'string' ? parseInstant(text) : undefined;
  return instant === undefined
    ? { refused: `${name} is not an ISO 8601 time` }
    : { value: instant };
};

const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const countOr = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** Leaves out what is undefined, for `exactOptionalPropertyTypes`. */
const compact = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

const parseNotes = (fields: Fields): GrantNotes =>
  compact<GrantNotes>({
    task: textOr(fields.task_description),
    email: textOr(fields.email),
    worktree: textOr(fields.worktree),
    branch: textOr(fields.branch),
    host: textOr(fields.host),
    session: textOr(fields.session),
    confine: fields.confine === true ? true : undefined,
    parentIssue: countOr(fields.parent_issue),
    urgent: textOr(fields.urgent),
  });

/** What happened to a grant since it was made. */
const parseProgress = (fields: Fields): Pick<Grant, 'renewedAt' | 'forced'> => {
  const renewedAt = parseInstant(textOr(fields.renewed_at) ?? '');
  const by = textOr(fields.forced_by);
  return {
    ...(renewedAt === undefined ? {} : { renewedAt }),
    ...(by === undefined ? {} : { forced: { by, reason: textOr(fields.force_reason) ?? '' } }),
  };
};

const parseHolder = (fields: Fields): Parsed<string> => {
  const { agent } = fields;
  if (typeof agent !== 'string' || agent === '') return { refused: 'agent is missing' };
  return agent.length > MAX_NAME ? { refused: 'agent is too long' } : { value: agent };
};

const parseJson = (text: string): Parsed<Fields> => {
  try {
    const json: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return isFields(json) ? { value: json } : { refused: 'it is not a JSON object' };
  } catch {
    return { refused: text.trim() === '' ? 'it is empty' : 'it is not valid JSON' };
  }
};

/**
 * A lock file's text → a grant, or why it is none. A record that somebody wrote by hand goes by its
 * file name, which is unique in the directory, as its id. A claim on its way in has no name of its own yet
 * (`fileName` is undefined): it goes by the one that it is going to have.
 */
export const parseGrant = (
  text: string,
  fileName: string | undefined,
  rule: TableRule,
): { grant: Grant } | { refused: string } => {
  const json = parseJson(text);
  if ('refused' in json) return json;
  const fields = json.value;
  if (!Array.isArray(fields.files)) return { refused: 'files is missing' };
  const holder = parseHolder(fields);
  if ('refused' in holder) return holder;
  const lockedAt = parseTime(fields, 'locked_at');
  if ('refused' in lockedAt) return lockedAt;
  const expiresAt = parseTime(fields, 'expires_at');
  if ('refused' in expiresAt) return expiresAt;
  const claims = parseAllClaims(fields, withTables(rule, fields.tables));
  if ('refused' in claims) return claims;
  const grant: Grant = {
    holder: holder.value,
    id: textOr(fields.id) ?? '',
    rev: countOr(fields.rev) ?? 0,
    token: countOr(fields.token),
    lockedAt: lockedAt.value,
    expiresAt: expiresAt.value,
    claims: claims.value,
    about: parseNotes(fields),
    ...parseProgress(fields),
  };
  const isOwn = !isLaterVersion(fields) && isNamedBy(grant, fileName ?? lockFileName(grant));
  return { grant: isOwn ? grant : asHandWritten(grant, fileName ?? '') };
};

const GRANT_ID = /^[A-Za-z0-9-]{1,64}$/;

/**
 * A record of ours is known by its file name. Any other, a copy under a new name too, binds by itself:
 * it can neither replace a grant by claiming a higher `rev` of it nor lead a renewal to another path.
 */
const isNamedBy = (grant: Grant, fileName: string): boolean =>
  grant.token !== undefined && GRANT_ID.test(grant.id) && lockFileName(grant) === fileName;

const asHandWritten = (grant: Grant, fileName: string): Grant => ({
  ...grant,
  id: fileName,
  rev: 0,
  token: undefined,
});

/** A lock file's text: the record for people to read, and in one line the tables of its patterns for the guard. */
export const serialiseGrant = (grant: Grant): string => {
  const text = JSON.stringify(toRecord(grant), null, 2);
  const tables = toTables(grant.claims);
  return tables ? `${text.slice(0, -2)},\n  "tables": ${JSON.stringify(tables)}\n}\n` : `${text}\n`;
};

const listName = (scope: string): keyof ScopeLists => {
  if (/^(?:glob|regex):/.test(scope)) return 'patterns';
  return scope.endsWith('/') ? 'directories' : 'files';
};

const toLists = (claims: readonly Claim[], mode: Mode): ScopeLists => {
  const lists: ScopeLists = { files: [], directories: [], patterns: [] };
  for (const claim of claims) {
    if (claim.mode === mode) lists[listName(claim.scope)].push(claim.scope);
  }
  return lists;
};

/** A grant as a lock file's JSON, and as `--json` prints it. */
export const toRecord = (grant: Grant): LockRecord =>
  compact<LockRecord>({
    agent: grant.holder,
    locked_at: formatInstant(grant.lockedAt),
    expires_at: formatInstant(grant.expiresAt),
    ...toLists(grant.claims, 'write'),
    read: toLists(grant.claims, 'read'),
    doc: toLists(grant.claims, 'doc-write'),
    task_description: grant.about.task,
    version: RECORD_VERSION,
    id: grant.id,
    rev: grant.rev,
    token: grant.token,
    email: grant.about.email,
    worktree: grant.about.worktree,
    branch: grant.about.branch,
    host: grant.about.host,
    session: grant.about.session,
    confine: grant.about.confine,
    parent_issue: grant.about.parentIssue,
    urgent: grant.about.urgent,
    renewed_at: grant.renewedAt === undefined ? undefined : formatInstant(grant.renewedAt),
    forced_by: grant.forced?.by,
    force_reason: grant.forced?.reason,
  });

const MAX_ENCODED = 100;

/** A holder's name as part of a file name: never a path, never a dot, never too long. The record's `agent` is the truth. */
export const encodeHolder = (holder: string): string =>
  Array.from(Buffer.from(holder), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_@-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  })
    .join('')
    .slice(0, MAX_ENCODED);

const stemOf = (grant: Grant): string => `${encodeHolder(grant.holder)}.${grant.id}.`;

/** `<holder>.<grant id>.<rev>.lock` */
export const lockFileName = (grant: Grant): string => `${stemOf(grant)}${grant.rev}.lock`;

/** The revision that a file name is of this grant; undefined where it is another's record. */
export const findRevision = (grant: Grant, fileName: string): number | undefined => {
  const stem = stemOf(grant);
  const match = fileName.startsWith(stem)
    ? /^(\d+)\.lock$/.exec(fileName.slice(stem.length))
    : null;
  return match ? Number(match[1]) : undefined;
};
