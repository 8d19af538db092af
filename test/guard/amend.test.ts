import { describe, expect, it } from 'vitest';
import { detectAmend } from '../../src/guard/amend.ts';

const HEAD_DATE = 1_700_000_000;

const detect = (words: string[] | undefined, authorDate?: string, headAuthorDate?: number) =>
  detectAmend({ gitArguments: words, authorDate, headAuthorDate });

describe('a commit replaces HEAD where its command line says so', () => {
  it.each([
    ['git commit --amend'],
    ['git commit --amen'],
    ['git commit --ame'],
    ['git commit --am'],
    ['git commit --amend --no-edit'],
    ['git commit -a --amend'],
    ['git commit -m text --amend'],
    ['git commit -am text --amend'],
    ['git commit -mtext --amend'],
    ['git commit -aF file --amend'],
    ['git commit -C HEAD --amend'],
    ['git commit -CHEAD --amend'],
    ['git commit --message text --amend'],
    ['git commit --message=text --amend'],
    ['git commit --author A --amend'],
    ['git commit --date now --amend'],
    ['git commit -S --amend'],
    ['git commit -Skey --amend'],
    ['git commit -uno --amend'],
    ['git commit src/a.ts --amend'],
    ['git -c a=b commit --amend'],
    ['git -C dir commit --amend'],
    ['git --git-dir .git --work-tree . commit --amend'],
    ['git --git-dir=.git commit --amend'],
    ['git --no-pager -c a=b -c c=d commit --amend'],
    ['/usr/lib/git-core/git commit --amend'],
  ])('%s', (line) => {
    expect(detect(line.split(' '))).toBe('amend');
  });

  it('with a key id that happens to end like an option', () => {
    expect(detect(['git', 'commit', '-SABEF', '--amend'])).toBe('amend');
  });
});

describe('a commit is a new one where its command line says so', () => {
  it.each([
    ['git commit'],
    ['git commit -a'],
    ['git commit -m --amend'],
    ['git commit -am --amend'],
    ['git commit -m--amend'],
    ['git commit --message --amend'],
    ['git commit --message=--amend'],
    ['git commit -F --amend'],
    ['git commit --author --amend'],
    ['git commit -t --amend'],
    ['git commit --trailer --amend'],
    ['git commit -- --amend'],
    ['git commit --all'],
    ['git commit --author A'],
    ['git commit --allow-empty'],
    ['git commit --amended'],
    ['git commit --no-amend'],
    ['git -c alias.x=--amend commit'],
    ['git -C commit commit'],
  ])('%s', (line) => {
    expect(detect(line.split(' '))).toBe('plain');
  });

  it('with a message that is a command line', () => {
    expect(detect(['git', 'commit', '-m', 'git commit --amend'])).toBe('plain');
  });

  it('whatever the author date is', () => {
    const date = `@${HEAD_DATE} +0000`;
    expect(detect(['git', 'commit'], date, HEAD_DATE)).toBe('plain');
  });

  it('where it takes the amending back', () => {
    expect(detect(['git', 'commit', '--amend', '--no-amend'])).toBe('plain');
  });
});

describe('where the command line does not tell', () => {
  const others = [
    ['git', 'ci'],
    ['git', 'merge', '--continue'],
    ['git', 'rebase', '--continue'],
    ['git', 'cherry-pick', 'x'],
    ['git'],
    ['git', '--amend'],
    ['git', '-c', 'a=b'],
  ];

  it.each(others)('another author date than HEAD’s means a new commit: %s %s', (...words) => {
    expect(detect(words, `@${HEAD_DATE + 1} +0000`, HEAD_DATE)).toBe('plain');
  });

  it.each(others)('HEAD’s author date leaves a doubt: %s %s', (...words) => {
    expect(detect(words, `@${HEAD_DATE} +0000`, HEAD_DATE)).toBe('doubt');
  });

  it.each(others)('nobody knows without HEAD’s author date: %s %s', (...words) => {
    expect(detect(words, `@${HEAD_DATE} +0000`)).toBe('doubt');
  });

  it.each([
    ['@1700000000 +0100', 'doubt'],
    ['1700000000 -0730', 'doubt'],
    ['1700000000', 'doubt'],
    ['@17000000000 +0000', 'plain'],
    ['', 'plain'],
    [undefined, 'plain'],
  ])('an author date of %j means: %s', (date, expected) => {
    expect(detect(['git', 'ci'], date, HEAD_DATE)).toBe(expected);
  });

  it.each([[undefined], [`@${HEAD_DATE + 1} +0000`], [`@${HEAD_DATE} +0000`]])(
    'a git that is out of sight leaves a doubt, whatever the date (%s)',
    (date) => {
      expect(detect(undefined, date, HEAD_DATE)).toBe('doubt');
    },
  );
});
