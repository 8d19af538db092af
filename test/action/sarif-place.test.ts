import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { prepareSarifPlace } from '../../src/action/sarif-place.ts';
import type { Context } from '../../src/cli/index.ts';
import { systemFiles } from '../../src/kit/files.ts';
import { findRealPath } from '../../src/kit/places.ts';

/** A workspace with what a head has brought, a runner's own directory, and a place that is neither. */
const makeJob = () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'leasehold-sarif-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['work/docs', 'temp', 'home'])
    mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'home/key'), 'secret');
  writeFileSync(join(root, 'work/file'), '');
  symlinkSync(join(root, 'home'), join(root, 'work/out'));
  symlinkSync('docs', join(root, 'work/inside'));
  symlinkSync(join(root, 'home/new'), join(root, 'work/nowhere'));
  symlinkSync(join(root, 'home/key'), join(root, 'work/docs/leasehold.sarif'));
  const place = (sarif: string, name = root) => {
    const env = { GITHUB_WORKSPACE: join(name, 'work'), RUNNER_TEMP: join(name, 'temp') };
    const context = { env, cwd: '/', files: systemFiles, findRealPath } as unknown as Context;
    return prepareSarifPlace(context, { check: 'all', token: '', path: '.', sarif });
  };
  return { root, place };
};

describe('where the SARIF log goes', () => {
  it.each([
    ['', 'temp/leasehold.sarif'],
    ['leasehold.sarif', 'work/leasehold.sarif'],
    ['docs/a.sarif', 'work/docs/a.sarif'],
    ['new/reports/a.sarif', 'work/new/reports/a.sarif'],
    ['./docs/../a.sarif', 'work/a.sarif'],
  ])('is in the workspace, or the runner’s own directory: %j', (sarif, expected) => {
    const { root, place } = makeJob();
    const path = place(sarif);
    expect(path).toBe(join(root, expected));
    expect(systemFiles.create(path, '{}')).toBe(true);
  });

  it('is where the workflow names a place of the runner’s, and where a link leads to the workspace itself', () => {
    const { root, place } = makeJob();
    expect(place(join(root, 'temp/logs/a.sarif'))).toBe(join(root, 'temp/logs/a.sarif'));
    symlinkSync(root, join(root, 'alias'));
    expect(place('a.sarif', join(root, 'alias'))).toBe(join(root, 'alias/work/a.sarif'));
  });

  it('takes the place of a link that lies there, and leaves alone what that leads to', () => {
    const { root, place } = makeJob();
    systemFiles.create(place('docs/leasehold.sarif'), '{}');
    expect(lstatSync(join(root, 'work/docs/leasehold.sarif')).isFile()).toBe(true);
    expect(systemFiles.read(join(root, 'home/key'), 9)).toMatchObject({ text: 'secret' });
  });

  it.each([
    ['../a.sarif', 'not below the workspace'],
    ['docs/../../home/a.sarif', 'not below the workspace'],
    ['/etc/a.sarif', 'not below the workspace'],
    ['.', 'not below the workspace'],
    ['out/a.sarif', 'through a link'],
    ['out/new/a.sarif', 'through a link'],
    ['inside/a.sarif', 'through a link'],
    ['nowhere/a.sarif', 'cannot write'],
    ['file/a.sarif', 'cannot write'],
    ['docs', 'cannot write'],
  ])('is nowhere else, and that cannot be decided: %s', (sarif, why) => {
    const { root, place } = makeJob();
    expect(() => place(sarif)).toThrow(why);
    expect([readdirSync(join(root, 'home')), existsSync(join(root, 'a.sarif'))]).toEqual([
      ['key'],
      false,
    ]);
  });
});
