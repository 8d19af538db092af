import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import {
  compiledHead,
  compiledPath,
  GUARD_OPTIONS,
  parseCompiled,
  wrapSource,
} from './compiled.ts';

/** Compiled whole: V8 puts off each function until it is called, and would put it off again at each start. */
const compileWhole = (source: Buffer, filename: string): Buffer => {
  setFlagsFromString('--no-lazy');
  const script = new Script(wrapSource(source.toString('latin1')), { filename });
  setFlagsFromString('--lazy');
  return script.createCachedData();
};

/** A reader finds the old file or the new one, whole. */
const replace = (path: string, content: Uint8Array): void => {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, content);
  renameSync(fresh, path);
};

/** Compiles files of a directory, each into one beside it. */
export const compileFiles = (directory: string, names: readonly string[]): void => {
  for (const name of names) {
    const path = join(directory, name);
    const source = readFileSync(path);
    const head = Buffer.from(compiledHead(process, source.length));
    const code = compileWhole(source, path);
    replace(compiledPath(path), Buffer.concat([head, source, code, code]));
  }
};

/** Whether this node has compiled this file as it is now. */
const isCompiled = (directory: string, name: string): boolean => {
  const path = join(directory, name);
  if (!existsSync(compiledPath(path))) return false;
  const source = readFileSync(path);
  const compiled = parseCompiled(readFileSync(compiledPath(path)));
  return compiled?.head === compiledHead(process, source.length) && source.equals(compiled.source);
};

/**
 * Leaves what V8 makes of these files beside them, by a node that is started as hooks start it. Where that
 * fails, hooks compile at each start.
 */
export const keepCompiled = (directory: string, names: readonly string[]): void => {
  const missing = names.filter((name) => !isCompiled(directory, name));
  if (missing.length === 0) return;
  const env = { ...process.env, NODE_OPTIONS: undefined };
  const words = [...GUARD_OPTIONS, join(directory, 'compile.cjs'), directory, ...missing];
  spawnSync(process.execPath, words, { env, stdio: 'ignore' });
};
