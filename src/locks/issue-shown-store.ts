import { join } from 'node:path';
import type { Files } from '../kit/files.ts';
import type { Shown } from './issue-mirror.ts';
import type { Clone } from './load.ts';

/** So long the same failure is told once, in milliseconds. */
const TOLD_LIFE = 3_600_000;
const MAX_FILE = 1024 * 1024;
const ID = /^[A-Za-z0-9-]{1,64}$/;

/** What this clone has shown, a file a grant, and the notes that it has seen to. */
export const openShown = ({
  files,
  clone: { places },
  uniqueName,
}: {
  files: Files;
  clone: Pick<Clone, 'places'>;
  uniqueName: () => string;
}) => {
  const directory = join(places.drafts, '..', 'issues');
  const pathOf = (name: string): string => join(directory, `${name}.json`);
  const read = (name: string): unknown => {
    const content = files.read(pathOf(name), MAX_FILE);
    try {
      return content.kind === 'read' ? JSON.parse(content.text) : undefined;
    } catch {
      // Torn by a crash: its issue is found again by what is in it.
      return undefined;
    }
  };
  const write = (name: string, json: unknown): void => {
    const draft = join(places.drafts, uniqueName());
    files.makeDirectory(places.drafts);
    files.makeDirectory(directory);
    files.create(draft, `${JSON.stringify(json)}\n`);
    files.rename(draft, pathOf(name));
  };
  const isShown = (json: unknown): json is Shown => {
    const { id, number, text, expiresAt } = (json ?? {}) as Record<string, unknown>;
    const isNumber = number === undefined || typeof number === 'number';
    return (
      ID.test(String(id)) && isNumber && typeof text === 'string' && typeof expiresAt === 'number'
    );
  };
  const names = (): string[] =>
    files
      .list(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length));
  return {
    directory,
    list: (): Shown[] => names().map(read).filter(isShown),
    keep: ({ id, number, text, expiresAt }: Shown): void => {
      if (ID.test(id)) write(id, { id, number, text, expiresAt });
    },
    forget: (id: string): void => {
      if (ID.test(id)) files.remove(pathOf(id));
    },
    handled: (): Set<string> => {
      const json = read('handled');
      return new Set(Array.isArray(json) ? json.map(String) : []);
    },
    keepHandled: (notes: Iterable<string>): void => write('handled', [...notes]),
    /** Remembers what is about to be told, if anything; false where that was told before. */
    noteTold: (text: string | undefined, now: number): boolean => {
      if (text === undefined) return files.remove(pathOf('told'));
      const before = read('told') as { text?: unknown; at?: unknown } | undefined;
      const isRecent = Math.abs(now - Number(before?.at)) < TOLD_LIFE;
      if (before?.text === text && isRecent) return false;
      write('told', { text, at: now });
      return true;
    },
  };
};
