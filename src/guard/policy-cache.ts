import {
  countLines,
  endOfTable,
  findNumbers,
  type KeyTable,
  renderKeyTable,
} from '../kit/key-table.ts';
import { asciiJson } from '../kit/quote.ts';
import { findRuleKey, hashPathKeys, type OwnersRule } from '../owners/index.ts';
import type { Policy } from './policy.ts';

/**
 * A policy as a cache has it: a line of JSON with all but the rules of CODEOWNERS, the number of lines of a
 * table of their keys, that table, a line of JSON a rule, and an end. The table names a rule by where its line
 * begins, so a commit's few paths read the few rules that are near them.
 */
const END = 'end\n';

/** A rule, and the place of its section. */
type RuleLine = [section: number, rule: OwnersRule];

const withoutRules = ({ owners, ...policy }: Policy): Policy => ({
  ...policy,
  owners: owners && {
    ...owners,
    sections: owners.sections.map((section) => ({ ...section, rules: [] })),
  },
});

/** A compiled policy as text. */
export const renderPolicy = (policy: Policy): string => {
  const entries: { key: string; number: number }[] = [];
  let rules = '';
  const { dialect = 'github', sections = [] } = policy.owners ?? {};
  for (const [section, { rules: list }] of sections.entries()) {
    for (const rule of list) {
      const key = findRuleKey(rule.pattern, dialect);
      if (key !== undefined) entries.push({ key, number: rules.length });
      rules += `${asciiJson([section, rule] satisfies RuleLine)}\n`;
    }
  }
  const table = renderKeyTable(entries);
  return `${asciiJson(withoutRules(policy))}\n${countLines(table)}\n${table}${rules}${END}`;
};

const isPolicy = (json: unknown): json is Policy => {
  const policy = json as Partial<Policy> | null;
  const lists = [policy?.requireLock, policy?.exempt, policy?.owners ? policy.owners.sections : []];
  return (
    lists.every(Array.isArray) &&
    typeof policy?.identities === 'object' &&
    typeof policy.bypass === 'string' &&
    typeof policy.tables?.exact === 'object' &&
    typeof policy.tables.folded === 'object'
  );
};

const lineAt = (text: string, start: number): string =>
  text.slice(start, text.indexOf('\n', start));

/** The lines of the rules that may cover one of these paths, in their order; all of them without paths. */
const listRuleLines = (table: KeyTable, paths: readonly string[] | undefined): string[] => {
  const { text } = table;
  const start = endOfTable(table);
  const keys = paths && table.lines > 0 ? hashPathKeys(paths) : undefined;
  if (!keys) return text.slice(start, -END.length).split('\n').slice(0, -1);
  const places = [...findNumbers(table, keys)].sort((a, b) => a - b);
  return places.map((place) => lineAt(text, start + place));
};

/** All but the rules of CODEOWNERS, of a text that has at least its first line whole. */
const parseHead = (text: string): Policy | undefined => {
  const policy: unknown = JSON.parse(lineAt(text, 0));
  return isPolicy(policy) ? policy : undefined;
};

/** Adds the rules that stand behind the first line to what that has come to. */
const addRules = (
  { owners }: Policy,
  text: string,
  paths: readonly string[] | undefined,
): Policy['owners'] => {
  const head = lineAt(text, 0);
  const count = lineAt(text, head.length + 1);
  const table = { text, start: head.length + count.length + 2, lines: Number(count) };
  for (const line of listRuleLines(table, paths)) {
    const [section, rule]: RuleLine = JSON.parse(line);
    owners?.sections[section]?.rules.push(rule);
  }
  return owners;
};

/** True for a text with its end, which begins as one that was read before. */
export const isWholePolicy = (text: string, beginning: string): boolean =>
  text.endsWith(END) && text.startsWith(beginning);

/** The policy that a text holds, or undefined where it holds none: torn, or of another shape. */
export const parsePolicy = (text: string): Policy | undefined => {
  try {
    const policy = text.endsWith(END) ? parseHead(text) : undefined;
    return policy && { ...policy, owners: addRules(policy, text, undefined) };
  } catch {
    // A torn cache is no cache.
    return undefined;
  }
};

/**
 * The same for whoever asks about these paths alone, of how a text begins: the rules of CODEOWNERS that may
 * cover one of them are read when they are asked for, and where they cannot be had, that throws.
 */
export const parsePolicyFor = (
  paths: readonly string[],
  beginning: string,
  readWhole: () => string,
): Policy | undefined => {
  let policy: Policy | undefined;
  try {
    policy = parseHead(beginning);
  } catch {
    // Torn, or longer than what was read of it.
  }
  const head = policy;
  if (!head?.owners) return head;
  let owners: Policy['owners'];
  return {
    ...head,
    get owners() {
      owners ??= addRules(head, readWhole(), paths);
      return owners;
    },
  };
};
