import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findScratch } from '../../src/kit/places.ts';

it('a directory for what may be lost is the user’s alone, or there is none', () => {
  const parent = mkdtempSync(join(tmpdir(), 'leasehold-scratch-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const path = findScratch(parent) ?? '';
  expect([findScratch(parent), statSync(path).mode & 0o777]).toEqual([path, 0o700]);
  chmodSync(path, 0o777);
  expect(findScratch(parent)).toBeUndefined();
  rmSync(path, { recursive: true });
  symlinkSync(parent, path);
  expect(findScratch(parent)).toBeUndefined();
  expect(findScratch('/nowhere/at/all\0')).toBeUndefined();
});
