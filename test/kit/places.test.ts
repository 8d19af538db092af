import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findScratch } from '../../src/kit/places.ts';

/** A temporary directory as many users share one, and what this user's is called in it. */
const setUp = () => {
  const parent = mkdtempSync(join(tmpdir(), 'leasehold-scratch-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const find = () => findScratch('turns', { parent });
  return { parent, find, own: join(parent, `leasehold-${process.getuid?.()}`) };
};

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a directory for what may be lost', () => {
  it('is made for this user alone, and found again', () => {
    const { own, find } = setUp();
    const path = join(own, 'turns');
    expect([find(), find(), modeOf(own), modeOf(path)]).toEqual([path, path, 0o700, 0o700]);
  });

  it.each([
    ['this user’s group', 0o720],
    ['everybody', 0o702],
  ])('is none where %s may write in it', (_, mode) => {
    const { own, find } = setUp();
    const path = find() ?? '';
    chmodSync(path, mode);
    expect(find()).toBeUndefined();
    chmodSync(path, 0o755);
    expect(find()).toBe(path);
    chmodSync(own, mode);
    expect(find()).toBeUndefined();
  });

  it('is none where it is somebody else’s', () => {
    const { parent } = setUp();
    // What this user makes is not that one's.
    const user = (process.getuid?.() ?? 0) + 1;
    expect(findScratch('turns', { parent, user })).toBeUndefined();
    expect(readdirSync(join(parent, `leasehold-${user}`))).toEqual([]);
  });

  it('is none where a link, a file or nothing is in its place, and nothing is written behind a link', () => {
    const { parent, own, find } = setUp();
    const target = join(parent, 'target');
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, own);
    expect([find(), readdirSync(target)]).toEqual([undefined, []]);
    rmSync(own);
    symlinkSync(join(parent, 'nowhere'), own);
    expect([find(), existsSync(join(parent, 'nowhere'))]).toEqual([undefined, false]);
    rmSync(own);
    mkdirSync(own, { mode: 0o700 });
    symlinkSync(target, join(own, 'turns'));
    expect([find(), readdirSync(target)]).toEqual([undefined, []]);
    rmSync(own, { recursive: true });
    writeFileSync(own, '');
    expect(find()).toBeUndefined();
    expect(findScratch('turns', { parent: join(parent, 'gone') })).toBeUndefined();
    expect(findScratch('turns', { parent: '/nowhere/at/all\0' })).toBeUndefined();
  });
});
