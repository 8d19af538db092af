import { expect, test } from 'vitest';
import { loadKeptConfig } from '../../src/guard/config-store.ts';
import { Undecided } from '../../src/kit/errors.ts';
import type { Git } from '../../src/kit/git.ts';
import { CONFIG_FILE } from '../../src/kit/paths.ts';
import { createFakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';

const CACHE = '/state/cache';

/** A git that has these blobs, and counts how often it was asked for one. */
const setUp = (texts: Record<string, string>, { keeps = true } = {}) => {
  const cache = keeps ? CACHE : undefined;
  const files = createMemoryFiles(createFakeClock());
  let asked = 0;
  const answer = (args: readonly string[]) => {
    asked += 1;
    return { code: 0, stdout: Buffer.from(texts[args.at(-1) ?? ''] ?? ''), stderr: '' };
  };
  const git: Git = {
    run: answer,
    read: (args) => answer(args).stdout,
    start: async (args) => answer(args).stdout,
  };
  return {
    files,
    asked: () => asked,
    load: (id?: string) =>
      loadKeptConfig({ git, files, cache }, new Map(id === undefined ? [] : [[CONFIG_FILE, id]])),
    names: () => files.list(CACHE),
  };
};

const OWN = JSON.stringify({
  guard: { exempt: ['gén/'], base: 'origin/main' },
  exports: { internal: ['*_sys'] },
});

test('a config is read once, and comes back as it was for the same blob alone', () => {
  const { load, asked } = setUp({ c0: OWN, c1: '{"guard":{"mode":"warn"}}' });

  const first = load('c0');
  const again = load('c0');

  expect(first.guard).toMatchObject({ exempt: ['gén/'], base: 'origin/main', mode: 'enforce' });
  expect(again).toEqual(first);
  expect(asked()).toBe(1);
  expect(load('c1').guard.mode).toBe('warn');
  expect(asked()).toBe(2);
});

test('the default config is kept as any other', () => {
  const { load, names, asked } = setUp({});

  const first = load();

  expect(names()).toHaveLength(1);
  expect(load()).toEqual(first);
  expect(asked()).toBe(0);
});

test.each([
  ['torn', (text: string) => text.slice(0, -1)],
  ['empty', () => ''],
  ['of another shape', () => '{"guard":{}}'],
  ['nothing', () => 'null'],
])('one that is %s is read anew', (_, spoil) => {
  const { load, files, names } = setUp({ c0: OWN });
  const first = load('c0');
  const path = `${CACHE}/${names()[0]}`;
  const content = files.read(path, 9999);
  files.remove(path);
  files.create(path, spoil(content.kind === 'read' ? content.text : ''));

  expect(load('c0')).toEqual(first);
  expect(files.read(path, 9999)).toMatchObject({ text: content.kind === 'read' && content.text });
});

test('a broken config is refused each time, and not kept', () => {
  const { load, names } = setUp({ c0: '{"guard":1}' });

  expect(() => load('c0')).toThrow(Undecided);
  expect(() => load('c0')).toThrow('is not valid');
  expect(names()).toEqual([]);
});

test('nothing is kept where leasehold keeps nothing, and of configs only the last few', () => {
  const alone = setUp({ c0: OWN }, { keeps: false });
  const many = setUp(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`c${at}`, OWN])));

  for (let at = 0; at < 30; at += 1) many.load(`c${at}`);

  expect(alone.load('c0')).toEqual(many.load('c0'));
  expect(alone.names()).toEqual([]);
  expect(many.names().length).toBeLessThanOrEqual(17);
  expect(many.names().some((name) => name.endsWith('.c29'))).toBe(true);
});
