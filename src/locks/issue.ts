import { parseInstant } from '../kit/clock.ts';

/** What a store asks of an issue; times are milliseconds since 1970. */
export type Issue = {
  number: number;
  title: string;
  body: string;
  /** Undefined for an account that is gone. */
  author: string | undefined;
  open: boolean;
  /** It was closed once, and opened again by hand. */
  reopened: boolean;
  createdAt: number;
  /** When anything last happened in it: an edit, a comment, a label. */
  updatedAt: number;
  closedAt: number | undefined;
  url: string;
  labels: readonly string[];
};

/**
 * A comment under an issue, or a label that somebody put there, at milliseconds since 1970. `edited`: it is not,
 * or may not be, what its author wrote.
 */
export type Remark = {
  id: number;
  author: string | undefined;
  text: string;
  at: number;
  edited: boolean;
};

type Fields = Record<string, unknown>;
const fieldsOf = (json: unknown): Fields =>
  typeof json === 'object' && json !== null ? (json as Fields) : {};
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
const timeOf = (value: unknown): number | undefined => parseInstant(textOf(value) ?? '');
const loginOf = (user: unknown): string | undefined => textOf(fieldsOf(user).login)?.toLowerCase();

const nameOf = (label: unknown): string => textOf(label) ?? textOf(fieldsOf(label).name) ?? '';

/** What a host sends → an issue; undefined where it is none, a pull request say. */
export const parseIssue = (json: unknown): Issue | undefined => {
  const fields = fieldsOf(json);
  const { number, title, body, user, state, labels } = fields;
  const createdAt = timeOf(fields.created_at);
  if (typeof number !== 'number' || typeof title !== 'string' || createdAt === undefined)
    return undefined;
  if (fields.pull_request !== undefined) return undefined;
  return {
    number,
    title,
    body: textOf(body) ?? '',
    author: loginOf(user),
    open: state === 'open',
    reopened: fields.state_reason === 'reopened',
    createdAt,
    updatedAt: timeOf(fields.updated_at) ?? Number.NaN,
    closedAt: timeOf(fields.closed_at),
    url: textOf(fields.html_url) ?? '',
    labels: Array.isArray(labels) ? labels.map(nameOf) : [],
  };
};

/** True where the host has sent an issue, or a pull request, which it lists among issues. */
export const isIssueLike = (json: unknown): boolean =>
  parseIssue(json) !== undefined || fieldsOf(json).pull_request !== undefined;

/** A comment → who said what. */
export const parseComment = (json: unknown): Remark => {
  const { id, user, body, created_at: created, updated_at: updated } = fieldsOf(json);
  const at = timeOf(created);
  return {
    id: Number(id),
    author: loginOf(user),
    text: textOf(body) ?? '',
    at: at ?? Number.NaN,
    edited: at === undefined || timeOf(updated) !== at,
  };
};

/** An event → who put which label there; undefined for any other event. */
export const parseLabelling = (json: unknown): Remark | undefined => {
  const { id, event, actor, label, created_at: created } = fieldsOf(json);
  if (event !== 'labeled') return undefined;
  const at = timeOf(created) ?? Number.NaN;
  return { id: Number(id), author: loginOf(actor), text: nameOf(label), at, edited: false };
};

/** The name of a ref; undefined where it is none. */
export const parseRefName = (json: unknown): string | undefined => textOf(fieldsOf(json).ref);

/** The message of a commit. */
export const parseMessage = (json: unknown): string =>
  textOf(fieldsOf(fieldsOf(json).commit).message) ?? '';

/** Whether a collaborator's permission lets them write. */
export const canWrite = (json: unknown): boolean =>
  ['admin', 'write'].includes(textOf(fieldsOf(json).permission) ?? '');
