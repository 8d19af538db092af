import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Call, locksDirectory, makeGuardedRepo } from '../make-repo.ts';
import { warmUp } from '../shell.ts';
import { countStarts, traceGit } from '../starts.ts';

const TIMES = { locked_at: '2026-01-01T00:00:00Z', expires_at: '2099-01-01T00:00:00Z' };

test('judges five hundred staged paths by a thousand locks with one node and four gits', () => {
  const repo = makeGuardedRepo();
  mkdirSync(locksDirectory(repo), { recursive: true });
  for (let at = 0; at < 1000; at += 1) {
    const record = { agent: `agent-${at}`, files: [`src/${at}.ts`, `lib/${at}/`], ...TIMES };
    writeFileSync(join(locksDirectory(repo), `${at}.lock`), JSON.stringify(record));
  }
  for (let at = 1; at < 500; at += 1) repo.write(`free/${at}.ts`, 'mine\n');
  repo.write('src/7.ts', 'mine\n');
  repo.write('lib/42/deep/x.ts', 'mine\n');
  repo.git('add', '--all');
  warmUp(repo);
  const trace = traceGit(repo);
  const listStarts = countStarts(repo);

  const call: Call = { env: trace.env };
  const refused = repo.tryGit(['commit', '--quiet', '-m', 'mine'], call);
  const gits = trace.listGits();
  const starts = listStarts();
  repo.git('rm', '-r', '--quiet', '--cached', 'lib', 'src');
  const allowed = repo.tryGit(['commit', '--quiet', '-m', 'mine']);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/lib\/42\/deep\/x\.ts\n.*agent-42 holds it/);
  expect(refused.stderr).toMatch(/src\/7\.ts\n.*agent-7 holds it/);
  expect(starts).toEqual(['guard.cjs']);
  // The second asks what has come since the export audit looked, for what is staged are sources.
  expect(gits.sort()).toEqual(['commit', 'diff-index', 'diff-tree', 'ls-tree', 'var']);
  expect(allowed).toMatchObject({ code: 0, stderr: '' });
});
