import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import { systemFiles } from '../../src/kit/files.ts';
import { loadBinding, removeBinding, saveBinding } from '../../src/locks/binding.ts';
import { makeRepo } from '../make-repo.ts';

const makeGitDir = (): string => join(makeRepo().top, '.git');
const fileOf = (gitDir: string): string => join(gitDir, 'leasehold', 'holder');

const writeRaw = (gitDir: string, text: string | Buffer): void => {
  mkdirSync(dirname(fileOf(gitDir)), { recursive: true });
  writeFileSync(fileOf(gitDir), text);
};

const failureOf = (gitDir: string): unknown => {
  try {
    return loadBinding(systemFiles, gitDir);
  } catch (error) {
    return error;
  }
};

it('is nobody’s until it is dedicated, and after it is taken back', () => {
  const gitDir = makeGitDir();
  const before = loadBinding(systemFiles, gitDir);
  saveBinding(systemFiles, gitDir, { holder: 'codex/7', branch: 'codex/7' });
  const bound = loadBinding(systemFiles, gitDir);
  const removed = [removeBinding(systemFiles, gitDir), removeBinding(systemFiles, gitDir)];

  expect(before).toBeUndefined();
  expect(bound).toEqual({ holder: 'codex/7', branch: 'codex/7' });
  expect(removed).toEqual([true, false]);
  expect(loadBinding(systemFiles, gitDir)).toBeUndefined();
});

it('is whose it was made last', () => {
  const gitDir = makeGitDir();
  saveBinding(systemFiles, gitDir, { holder: 'codex', branch: 'b' });
  saveBinding(systemFiles, gitDir, { holder: 'claude' });
  expect(loadBinding(systemFiles, gitDir)).toEqual({ holder: 'claude' });
});

it('keeps any holder’s name as it is', () => {
  const gitDir = makeGitDir();
  for (const holder of ['../../x', '"quoted"', 'Ünï codé', '-dash', '\u{1f600}']) {
    saveBinding(systemFiles, gitDir, { holder });
    expect(loadBinding(systemFiles, gitDir)?.holder).toBe(holder);
  }
});

it.each<[string, string | Buffer]>([
  ['nothing', ''],
  ['half of it', '{"holder":"cod'],
  ['no JSON', 'codex\n'],
  ['no object', '"codex"'],
  ['null', 'null'],
  ['no holder', '{}'],
  ['a holder that is no text', '{"holder":7}'],
  ['an empty holder', '{"holder":""}'],
  ['blanks around the holder', '{"holder":" codex"}'],
  ['a control character', '{"holder":"co\\u001bdex"}'],
  ['a newline', '{"holder":"codex\\nclaude"}'],
  ['a name that is too long', JSON.stringify({ holder: 'x'.repeat(201) })],
  ['bytes that are not UTF-8', Buffer.from('{"holder":"cod\xffex"}', 'latin1')],
  ['a branch that is no text', '{"holder":"codex","branch":7}'],
  ['far too much', `${' '.repeat(5_000)}{"holder":"codex"}`],
])('is undecided, and never somebody’s, where the file has %s', (_, text) => {
  const gitDir = makeGitDir();
  writeRaw(gitDir, text);
  const failure = failureOf(gitDir);
  expect(failure).toBeInstanceOf(Undecided);
  expect(failure).toMatchObject({ code: 'store-unreadable', remedy: `rm -r -- ${fileOf(gitDir)}` });
});

it.each([
  ['a link to a good one', (path: string) => symlinkSync(`${path}.good`, path)],
  ['a directory', (path: string) => void mkdirSync(path)],
])('is undecided where there is %s', (_, make) => {
  const gitDir = makeGitDir();
  writeRaw(gitDir, '');
  writeFileSync(`${fileOf(gitDir)}.good`, '{"holder":"codex"}\n');
  systemFiles.remove(fileOf(gitDir));
  make(fileOf(gitDir));
  expect(failureOf(gitDir)).toBeInstanceOf(Undecided);
});

it('is undecided where its directory is a file', () => {
  const gitDir = makeGitDir();
  writeFileSync(join(gitDir, 'leasehold'), '');
  expect(failureOf(gitDir)).toBeInstanceOf(Undecided);
});
