import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findGitArguments } from '../../src/kit/ancestry.ts';
import { makeRepo } from '../make-repo.ts';

const ENV = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

describe('the git process above a hook', () => {
  it('is found by its process, with the arguments that it was given', () => {
    const child = spawn('git', ['cat-file', '--batch'], { cwd: makeRepo().top, env: ENV });
    onTestFinished(() => void child.kill());
    const found = findGitArguments(child.pid ?? 0);
    expect(found).toEqual(['git', 'cat-file', '--batch']);
  });

  it('is found through the shells between', async () => {
    const alias = "alias.probe=!sh -c 'echo $$; read line' && true";
    const child = spawn('git', ['-c', alias, 'probe'], { cwd: makeRepo().top, env: ENV });
    onTestFinished(() => void child.stdin.end());
    const pid = await new Promise<string>((read) => child.stdout.once('data', read));
    expect(findGitArguments(Number(pid))).toEqual(['git', '-c', alias, 'probe']);
  });

  it('is out of sight for a process that is not there', () => {
    expect(findGitArguments(2 ** 30)).toBeUndefined();
  });

  it('is out of sight above the first process', () => {
    expect(findGitArguments(1)).toBeUndefined();
  });
});
