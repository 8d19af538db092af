import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locksDirectory, makeGuardedRepo, type Repo } from '../make-repo.ts';

/** What a process leaves behind that was killed after it had announced its claim, `seconds` ago. */
const leaveAnnounced = (repo: Repo, holder: string, seconds: number): string => {
  const claim = repo.json(['claim', 'src/'], { holder }).body.grant;
  const [name = ''] = readdirSync(locksDirectory(repo));
  const text = readFileSync(join(locksDirectory(repo), name), 'utf8');
  repo.leasehold(['release', '--grant', claim.id], { holder });
  const claims = join(locksDirectory(repo), '..', 'claims');
  mkdirSync(claims, { recursive: true });
  const path = join(claims, 'announced.lock');
  writeFileSync(path, text);
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
  return claims;
};

test('lets a claim in past one whose process died on its way in, as soon as its minute is over', () => {
  const repo = makeGuardedRepo();
  const claims = leaveAnnounced(repo, 'codex', 61);

  const claim = repo.leasehold(['claim', 'src/a.ts'], { holder: 'claude' });

  expect(claim.code, claim.stderr).toBe(0);
  expect(readdirSync(claims)).toEqual([]);
  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'claude' }]);
});

test('lets one in that would wait for less than what is left of the dead one’s minute', () => {
  const repo = makeGuardedRepo();
  leaveAnnounced(repo, 'codex', 57);

  const claim = repo.leasehold(['claim', 'src/a.ts', '--timeout', '1s'], { holder: 'claude' });

  expect(claim.code, claim.stderr).toBe(0);
  expect(repo.json(['status']).body.grants).toMatchObject([{ agent: 'claude' }]);
});
