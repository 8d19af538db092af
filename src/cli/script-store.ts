import { readFileSync } from 'node:fs';
import type { Script } from 'node:vm';

/** Makes a script of a file of ours, whose text is ASCII. */
export type Compile = (path: string, source: Buffer) => Script;

/**
 * Loads files of ours by their names, each once and each through `compile`; what they ask for beside themselves
 * comes the same way, and all else is node's own.
 */
export const createLoader = (directory: string, compile: Compile): ((name: string) => unknown) => {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (name: string): unknown => {
    const known = loaded.get(name);
    if (known) return known.exports;
    const path = `${directory}/${name}`;
    const script = compile(path, readFileSync(path));
    const module = { exports: {} };
    loaded.set(name, module);
    const run = script.runInThisContext();
    run.call(module.exports, module.exports, requireFor, module, directory);
    return module.exports;
  };
  const requireFor = (specifier: string): unknown =>
    specifier.startsWith('./') ? load(specifier.slice(2)) : require(specifier);
  return load;
};
