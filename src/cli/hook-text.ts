import { hashKey } from '../kit/key-table.ts';

const MARK = '# leasehold-hook:';

/** Written into each hook that is installed: how many lines it has without this one, and what they come to. */
const SEAL = /^# as installed: (\d+) lines, ([0-9a-f]{8})$/;

/** What somebody has changed of a hook of ours: `added` is what they put above or below it, if that is all. */
export type Edit = { added: string | undefined };

/** Whether a hook is ours, wherever in it our own text begins. */
export const isOwnHook = (text: string): boolean =>
  text.split('\n').some((line) => line.startsWith(MARK));

const sumOf = (lines: readonly string[]): string =>
  hashKey(lines.join('\n')).toString(16).padStart(8, '0');

/** A hook as it is installed: with what tells, in whatever version, whether it has been edited since. */
export const sealHook = (text: string): string => {
  const lines = text.split('\n');
  const seal = `# as installed: ${lines.length} lines, ${sumOf(lines)}`;
  const at = lines.findIndex((line) => line.startsWith(MARK)) + 1;
  return [...lines.slice(0, at), seal, ...lines.slice(at)].join('\n');
};

const isIdle = (line: string): boolean => line.trim() === '' || line.startsWith('#');

/** Where nothing of ours has run before it, or nothing comes behind it: elsewhere it may be a part of ours. */
const standsApart = (lines: readonly string[], from: number, to: number): boolean =>
  lines.slice(0, from).every(isIdle) || lines.slice(to).every(isIdle);

/** The lines without which the others are what was installed. */
const findAdded = (lines: readonly string[], count: number, sum: string): string | undefined => {
  const extra = lines.length - count;
  if (extra <= 0) return undefined;
  for (let from = 0; from <= count; from += 1) {
    const to = from + extra;
    if (!standsApart(lines, from, to)) continue;
    if (sumOf([...lines.slice(0, from), ...lines.slice(to)]) !== sum) continue;
    return lines.slice(from, to).join('\n');
  }
  return undefined;
};

/** What of a hook of ours is somebody else's; undefined where nothing is, or nothing but comments. */
export const findEdit = (text: string): Edit | undefined => {
  const all = (text.endsWith('\n') ? text : `${text}\n`).split('\n');
  const at = all.findIndex((line) => SEAL.test(line));
  const [, count, sum = ''] = SEAL.exec(all[at] ?? '') ?? [];
  if (count === undefined) return undefined;
  const lines = all.filter((_, index) => index !== at);
  if (lines.length === Number(count) && sumOf(lines) === sum) return undefined;
  const added = findAdded(lines, Number(count), sum);
  return added?.split('\n').every(isIdle) ? undefined : { added };
};

/** What was added to a hook as a hook of its own. */
export const toScript = (added: string): string =>
  added.startsWith('#!') ? `${added}\n` : `#!/bin/sh\n${added}\n`;
