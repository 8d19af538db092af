import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Script } from 'node:vm';
import { VERSION } from '../kit/version.ts';
import { compiledHead, parseCompiled, wrapSource } from './compiled.ts';
import { cacheDirectory } from './places.ts';
import { createLoader } from './script-store.ts';

/** Whoever has loaded this one leaves what V8 made of it: all else is quick enough. */
const DEAREST = 'audit.cjs';

/** What each run of a verb reads that comes to that. */
const KEPT = new Set(['daily.cjs', DEAREST]);

const PREFIX = 'compiled.';

/** Of each verb's file so many others stay: somebody may work with two versions in turns. */
const KEPT_OTHERS = 1;

/** What a file of git's says behind its label; undefined where it is none. */
const readPointer = (path: string, label: string): string | undefined => {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  return text.startsWith(label) ? text.slice(label.length).trimEnd() : undefined;
};

/**
 * The common dir of the repository around a directory, without git: to be wrong costs time alone. Undefined
 * where there is none, or no plain one.
 */
const findCommonDir = (from: string): string | undefined => {
  for (let at = resolve(from); ; at = dirname(at)) {
    const place = join(at, '.git');
    if (existsSync(join(place, 'HEAD'))) return place;
    const gitDir = existsSync(place) ? readPointer(place, 'gitdir: ') : undefined;
    if (gitDir !== undefined) {
      const own = resolve(at, gitDir);
      const common = readPointer(join(own, 'commondir'), '');
      return common === undefined ? own : resolve(own, common);
    }
    if (at === dirname(at)) return undefined;
  }
};

/** The cache of the clone around a directory, which is there where leasehold is used; undefined elsewhere. */
const findClonesCache = (from: string): string | undefined => {
  try {
    const commonDir = findCommonDir(from);
    const cache = commonDir && cacheDirectory(commonDir);
    return cache && existsSync(cache) ? cache : undefined;
  } catch {
    return undefined;
  }
};

/** A file that this user has written; as git does not run what others' repositories say. */
const readOwn = (path: string): Buffer | undefined => {
  if (!existsSync(path)) return undefined;
  const descriptor = openSync(path, 'r');
  try {
    const isOwn = !process.getuid || fstatSync(descriptor).uid === process.getuid();
    return isOwn ? readFileSync(descriptor) : undefined;
  } finally {
    closeSync(descriptor);
  }
};

const findCode = (kept: string, source: Buffer): Uint8Array | undefined => {
  try {
    const bytes = readOwn(kept);
    const compiled = bytes && parseCompiled(bytes);
    return compiled && source.equals(compiled.source) ? compiled.code : undefined;
  } catch {
    // It saves time, and is needed for nothing.
    return undefined;
  }
};

type Made = { script: Script; source: Buffer; kept: string; isFresh: boolean };

const dropOthers = (cache: string, kept: string, suffix: string): void => {
  const others = readdirSync(cache).filter(
    (name) => name.startsWith(PREFIX) && name.endsWith(suffix) && name !== basename(kept),
  );
  for (const name of others.sort().slice(0, -KEPT_OTHERS)) rmSync(join(cache, name));
};

/** With all functions that have run by now, which are those that such a run needs. */
const keep = ({ script, source, kept }: Made, suffix: string): void => {
  const head = Buffer.from(compiledHead(process, source.length));
  const code = script.createCachedData();
  const fresh = `${kept}.${process.pid}`;
  try {
    writeFileSync(fresh, Buffer.concat([head, source, code, code]));
    renameSync(fresh, kept);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  dropOthers(dirname(kept), kept, suffix);
};

/**
 * What loads the command's bundles with what V8 made of them when `purpose` (a verb, a hook) was run in this clone
 * before; at the end of a run that has loaded the scanners and had to compile, that is kept. Undefined where
 * nothing is kept.
 */
export const createCommandLoader = (
  directory: string,
  { cwd, purpose }: { cwd: string; purpose: string },
): ((bundle: string) => unknown) | undefined => {
  const cache = findClonesCache(cwd);
  if (cache === undefined) return undefined;
  const made = new Map<string, Made>();
  const suffixOf = (name: string): string => `.${purpose}.${name}`;
  const load = createLoader(directory, (path, source) => {
    const name = basename(path);
    const stamp = `${VERSION}.${process.version}.${source.length}`;
    const kept = join(cache, `${PREFIX}${stamp}${suffixOf(name)}`);
    const cachedData = findCode(kept, source);
    const text = wrapSource(source.toString('latin1'));
    const script = new Script(text, { filename: path, cachedData });
    const isFresh = cachedData === undefined || script.cachedDataRejected === true;
    made.set(name, { script, source, kept, isFresh });
    return script;
  });
  process.on('exit', () => {
    if (!made.has(DEAREST)) return;
    try {
      for (const [name, each] of made)
        if (each.isFresh && KEPT.has(name)) keep(each, suffixOf(name));
    } catch {
      // Where nothing can be written, nothing is kept.
    }
  });
  return load;
};
