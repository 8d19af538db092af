import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { systemFiles } from '../../src/kit/files.ts';
import { findNetworkFileSystem } from '../../src/kit/places.ts';

const LIMIT = 1_000;
const NOBODY = 65_534;

const makeDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-files-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const thrownBy = (call: () => unknown): Undecided => {
  try {
    call();
  } catch (error) {
    if (error instanceof Undecided) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('reading a file', () => {
  it('gives its text and its time', () => {
    const path = join(makeDirectory(), 'a.lock');
    writeFileSync(path, 'é\n');
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const content = systemFiles.read(path, LIMIT);
    expect(content).toEqual({ kind: 'read', text: 'é\n', modifiedAt: 1_700_000_000_000 });
  });

  it('takes one that is as large as allowed', () => {
    const path = join(makeDirectory(), 'a.lock');
    writeFileSync(path, 'x'.repeat(LIMIT));
    expect(systemFiles.read(path, LIMIT).kind).toBe('read');
  });

  it('refuses one that is a byte larger', () => {
    const path = join(makeDirectory(), 'a.lock');
    writeFileSync(path, 'x'.repeat(LIMIT + 1));
    expect(systemFiles.read(path, LIMIT)).toMatchObject({
      kind: 'refused',
      reason: 'it is larger than 1000 bytes',
    });
  });

  it('says that it is gone', () => {
    expect(systemFiles.read(join(makeDirectory(), 'a.lock'), LIMIT)).toEqual({ kind: 'gone' });
  });

  it('does not follow a symbolic link', () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, 'secret'), 'secret');
    symlinkSync('secret', join(directory, 'a.lock'));
    expect(systemFiles.read(join(directory, 'a.lock'), LIMIT)).toMatchObject({
      kind: 'refused',
      reason: 'it is a symbolic link',
    });
  });

  it('does not take a link that leads nowhere for a file that is gone', () => {
    const path = join(makeDirectory(), 'a.lock');
    symlinkSync('nowhere', path);
    expect(systemFiles.read(path, LIMIT).kind).toBe('refused');
  });

  it('does not wait for a FIFO that nobody writes to', () => {
    const path = join(makeDirectory(), 'a.lock');
    execFileSync('mkfifo', [path]);
    expect(systemFiles.read(path, LIMIT)).toMatchObject({
      kind: 'refused',
      reason: 'it is not a regular file',
    });
  });

  it('refuses a directory', () => {
    const path = join(makeDirectory(), 'a.lock');
    mkdirSync(path);
    expect(systemFiles.read(path, LIMIT)).toMatchObject({
      kind: 'refused',
      reason: 'it is not a regular file',
    });
  });

  it('cannot decide where a file stands in the place of the directory', () => {
    const path = join(makeDirectory(), 'locks');
    writeFileSync(path, '');
    const failure = thrownBy(() => systemFiles.read(join(path, 'a.lock'), LIMIT));
    expect(failure.code).toBe('store-unreadable');
  });
});

describe('creating a file', () => {
  it('writes all of it', () => {
    const path = join(makeDirectory(), 'a.lock');
    const content = 'é'.repeat(100_000);
    const created = systemFiles.create(path, content);
    expect({ created, content: readFileSync(path, 'utf8') }).toEqual({ created: true, content });
  });

  it('is exclusive: one that is there stays as it is', () => {
    const path = join(makeDirectory(), 'a.lock');
    writeFileSync(path, 'first');
    const created = systemFiles.create(path, 'second');
    expect({ created, content: readFileSync(path, 'utf8') }).toEqual({
      created: false,
      content: 'first',
    });
  });

  it('does not write through a link that somebody planted', () => {
    const directory = makeDirectory();
    symlinkSync(join(directory, 'target'), join(directory, 'a.lock'));
    const created = systemFiles.create(join(directory, 'a.lock'), 'text');
    expect({ created, names: readdirSync(directory) }).toEqual({
      created: false,
      names: ['a.lock'],
    });
  });

  it('cannot decide where the directory is missing', () => {
    const path = join(makeDirectory(), 'gone', 'a.lock');
    expect(thrownBy(() => systemFiles.create(path, '')).code).toBe('store-unwritable');
  });
});

describe('the other calls', () => {
  it('lists the names in a directory', () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, 'b'), '');
    writeFileSync(join(directory, 'a'), '');
    expect(systemFiles.list(directory).sort()).toEqual(['a', 'b']);
  });

  it('lists nothing where there is no directory', () => {
    expect(systemFiles.list(join(makeDirectory(), 'gone'))).toEqual([]);
  });

  it('cannot list what is no directory', () => {
    const path = join(makeDirectory(), 'file');
    writeFileSync(path, '');
    expect(thrownBy(() => systemFiles.list(path)).code).toBe('store-unreadable');
  });

  it('renames, and says whether there was anything to rename', () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, 'a'), 'text');
    const [from, to] = [join(directory, 'a'), join(directory, 'b')];
    const answers = [systemFiles.rename(from, to), systemFiles.rename(from, to)];
    expect({ answers, names: readdirSync(directory) }).toEqual({
      answers: [true, false],
      names: ['b'],
    });
  });

  it('removes, and says whether there was anything to remove', () => {
    const path = join(makeDirectory(), 'a');
    writeFileSync(path, '');
    expect([systemFiles.remove(path), systemFiles.remove(path)]).toEqual([true, false]);
  });

  it('appends to what is there, and begins what is not', () => {
    const path = join(makeDirectory(), 'log');
    systemFiles.append(path, 'a\n');
    systemFiles.append(path, 'b\n');
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
  });

  it('makes a directory with those above it, and minds none that is there', () => {
    const path = join(makeDirectory(), 'a', 'b');
    systemFiles.makeDirectory(path);
    systemFiles.makeDirectory(path);
    expect(systemFiles.list(path)).toEqual([]);
  });
});

/**
 * Root may read everything, so whoever runs the tests as root asks in a process of nobody's. The real
 * module is asked, bundled first: a process of its own knows no TypeScript.
 */
const askAsNobody = async (directory: string, expression: string): Promise<unknown> => {
  const bundle = join(directory, 'files.cjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../../src/kit/files.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  const script = `
    const { systemFiles } = require(${JSON.stringify(bundle)});
    const answer = () => { try { return ${expression}; } catch ({ code, remedy }) { return { code, remedy }; } };
    process.stdout.write(JSON.stringify(answer()));`;
  const isRoot = process.getuid?.() === 0;
  const child = spawnSync(process.execPath, ['-e', script], {
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    env: {},
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(child.stderr || String(child.error));
  return JSON.parse(child.stdout);
};

describe.skipIf(process.platform === 'win32')('without permission', () => {
  it('a record of mode 000 is refused by itself, with its time', async () => {
    const directory = makeDirectory();
    chmodSync(directory, 0o755);
    const path = join(directory, 'a.lock');
    writeFileSync(path, 'text', { mode: 0o000 });
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const answer = await askAsNobody(directory, `systemFiles.read(${JSON.stringify(path)}, 1000)`);
    expect(answer).toEqual({
      kind: 'refused',
      reason: 'permission denied',
      modifiedAt: 1_700_000_000_000,
    });
  });

  it('a lock directory of mode 000 is told with the command that opens it', async () => {
    const directory = makeDirectory();
    chmodSync(directory, 0o755);
    const locks = join(directory, 'locks');
    mkdirSync(locks, { mode: 0o000 });
    const answer = await askAsNobody(directory, `systemFiles.list(${JSON.stringify(locks)})`);
    expect(answer).toEqual({ code: 'store-unreadable', remedy: `chmod -R u+rwX ${directory}` });
  });

  it('a parent of mode 000 does not make a record look gone', async () => {
    const directory = makeDirectory();
    chmodSync(directory, 0o755);
    const locks = join(directory, 'locks');
    mkdirSync(locks);
    writeFileSync(join(locks, 'a.lock'), 'text');
    chmodSync(locks, 0o000);
    const path = JSON.stringify(join(locks, 'a.lock'));
    const answer = await askAsNobody(directory, `systemFiles.read(${path}, 1000)`);
    expect(answer).toMatchObject({ code: 'store-unreadable' });
  });

  it('a directory that may not be written is told as unwritable', async () => {
    const directory = makeDirectory();
    chmodSync(directory, 0o755);
    const locks = join(directory, 'locks');
    mkdirSync(locks, { mode: 0o555 });
    const path = JSON.stringify(join(locks, 'a.lock'));
    const answer = await askAsNobody(directory, `systemFiles.create(${path}, '')`);
    expect(answer).toEqual({ code: 'store-unwritable', remedy: `chmod -R u+rwX ${locks}` });
  });
});

describe('a network file system', () => {
  it.each([
    [0x6969, 'NFS'],
    [-11317950, 'CIFS'],
    [0xef53, undefined],
  ])('of type %d is %s', (type, expected) => {
    expect(findNetworkFileSystem('/', () => type)).toBe(expected);
  });

  it('is not claimed of what cannot be asked', () => {
    expect(findNetworkFileSystem(join(tmpdir(), 'not', 'there'))).toBeUndefined();
  });
});
