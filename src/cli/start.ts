import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { compiledPath, parseCompiled, wrapSource } from './compiled.ts';
import { createLoader } from './script-store.ts';

/**
 * Starts one of the guard's files, named by the first argument, with what V8 made of it when it was installed:
 * to compile a file takes longer than to run it. Whatever is not as it was then is compiled as ever.
 */
const directory = import.meta.dirname;

const findCode = (path: string, source: Buffer): Uint8Array | undefined => {
  const kept = compiledPath(path);
  if (!existsSync(kept)) return undefined;
  try {
    const compiled = parseCompiled(readFileSync(kept));
    return compiled && source.equals(compiled.source) ? compiled.code : undefined;
  } catch {
    // It saves time, and is needed for nothing.
    return undefined;
  }
};

const load = createLoader(directory, (path, source) => {
  const cachedData = findCode(path, source);
  return new Script(wrapSource(source.toString('latin1')), { filename: path, cachedData });
});

const [, , name = ''] = process.argv;
process.argv.splice(1, 2, `${directory}/${name}`);
load(name);
