import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Engine } from './simulation.ts';

/** One way to spoil the protocol: a piece of one file's text, and what stands there instead. */
export type Weakness = { file: string; from: string; to: string };

const LOCKS = resolve(import.meta.dirname, '../../src/locks');

const spoil = (weaknesses: readonly Weakness[]): Plugin => ({
  name: 'spoil',
  setup: (builder) => {
    builder.onLoad({ filter: /src\/locks\/.*\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const { file, from, to } of weaknesses) {
        if (path !== resolve(LOCKS, file)) continue;
        // A weakness that no longer fits the text would weaken nothing, and prove nothing.
        if (!contents.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
        contents = contents.replace(from, () => to);
      }
      return { contents, loader: 'ts' };
    });
  },
});

/** The project's own locks with these pieces replaced, built and loaded afresh. */
export const loadWeakened = async (weaknesses: readonly Weakness[]): Promise<Engine> => {
  const { outputFiles } = await build({
    entryPoints: [resolve(LOCKS, 'index.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    plugins: [spoil(weaknesses)],
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
};
