import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeGuardedRepo } from '../make-repo.ts';

test('cannot decide where the commit of HEAD is lost: that is no first commit', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  const head = repo.git('rev-parse', 'HEAD');
  rmSync(repo.path('.git/objects', head.slice(0, 2), head.slice(2)));

  const paths = repo.leasehold(['check', '--paths', 'src/a.ts']);
  const staged = repo.leasehold(['check']);
  const hook = repo.leasehold(['hook', 'pre-commit']);

  for (const ended of [paths, staged, hook]) {
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).toMatch(/could not decide.*\nnext: /s);
  }
});

test('cannot decide where HEAD names nothing that git understands', () => {
  const repo = makeGuardedRepo();
  writeFileSync(repo.path('.git/HEAD'), 'garbage\n');

  expect(repo.leasehold(['check']).code).toBe(2);
});
