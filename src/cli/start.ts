import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { compiledPath, parseCompiled, wrapSource } from './compiled.ts';

/**
 * Starts one of the guard's files, named by the first argument, with what V8 made of it when it was installed:
 * to compile a file takes longer than to run it. Whatever is not as it was then is compiled as ever.
 */
const directory = import.meta.dirname;
const loaded = new Map<string, { exports: unknown }>();

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

const load = (name: string): unknown => {
  const known = loaded.get(name);
  if (known) return known.exports;
  const path = `${directory}/${name}`;
  const source = readFileSync(path);
  const cachedData = findCode(path, source);
  const script = new Script(wrapSource(source.toString('latin1')), { filename: path, cachedData });
  const module = { exports: {} };
  loaded.set(name, module);
  script.runInThisContext().call(module.exports, module.exports, requireFor, module);
  return module.exports;
};

/** Files of ours come the same way; all else is node's own. */
const requireFor = (specifier: string): unknown =>
  specifier.startsWith('./') ? load(specifier.slice(2)) : require(specifier);

const [, , name = ''] = process.argv;
process.argv.splice(1, 2, `${directory}/${name}`);
load(name);
