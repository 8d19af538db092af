import { expect, test } from 'vitest';
import { sample } from '../effort.ts';
import { addRemote, copiesOf, type Ended, makeGuardedRepo, type Repo } from '../make-repo.ts';
import { breakLedger, claim, editing } from '../past.ts';
import { nextOf, runShell, warmUp } from '../shell.ts';

/** A way to a commit: what comes before, what makes the commit of `$P`, and what takes it back once it is refused. */
type Way = { name: string; prepare?: string; act: string; abort?: string };

const WAYS: Way[] = [
  { name: 'commit -n', prepare: 'echo mine >>$P; git add $P', act: 'git commit -nqm mine' },
  { name: 'commit -n -a', prepare: 'echo mine >>$P', act: 'git commit -nqam mine' },
  {
    name: 'commit -n of a path',
    prepare: 'echo mine >>$P; echo mine >>other.ts; git add other.ts',
    act: 'git commit -nqm mine $P',
  },
  { name: 'commit -n in an editor', prepare: 'echo mine >>$P; git add $P', act: 'git commit -nq' },
  {
    name: 'commit -n --amend',
    prepare: 'echo mine >>other.ts; git add other.ts',
    act: 'git commit -nq --amend --no-edit',
  },
  {
    name: 'commit -n --amend in an editor',
    prepare: 'echo mine >>other.ts; git add other.ts',
    act: 'git commit -nq --amend',
  },
  {
    name: 'commit after a stash',
    prepare: 'echo mine >>$P; git stash -q; git stash pop -q',
    act: 'git commit -nqam mine',
  },
  { name: 'merge', act: 'git merge -q --no-edit topic', abort: 'git merge --abort' },
  { name: 'merge in an editor', act: 'git merge -q --edit topic', abort: 'git merge --abort' },
  { name: 'merge -n', act: 'git merge -q --no-verify -m m topic', abort: 'git merge --abort' },
  { name: 'octopus', act: 'git merge -q --no-edit topic other', abort: 'git merge --abort' },
  {
    name: 'a merge finished by hand',
    prepare: 'git merge -q --no-commit topic',
    act: 'git commit -nq --no-edit',
  },
  {
    name: 'merge --continue',
    prepare: 'git merge -q --no-commit topic',
    act: 'git merge --continue',
    abort: '',
  },
  { name: 'a squash', prepare: 'git merge -q --squash topic', act: 'git commit -nq --no-edit' },
  { name: 'cherry-pick', act: 'git cherry-pick topic', abort: 'git cherry-pick --abort' },
  {
    name: 'cherry-pick of a range',
    act: 'git cherry-pick main..topic',
    abort: 'git cherry-pick --abort',
  },
  { name: 'cherry-pick -x', act: 'git cherry-pick -x topic', abort: 'git cherry-pick --abort' },
  { name: 'cherry-pick -e', act: 'git cherry-pick -e topic', abort: 'git cherry-pick --abort' },
  {
    name: 'cherry-pick -n, and a commit',
    prepare: 'git cherry-pick -n topic',
    act: 'git commit -nqm picked',
  },
  // git writes down no revert that a hook has ended, so there is none to abort.
  { name: 'revert', act: 'git revert --no-edit HEAD', abort: 'git reset -q --merge' },
  {
    name: 'rebase',
    prepare: 'git checkout -q topic',
    act: 'git rebase -q main',
    abort: 'git rebase --abort',
  },
  {
    name: 'rebase by patches',
    prepare: 'git checkout -q topic',
    act: 'git rebase -q --apply main',
    abort: 'git rebase --abort',
  },
  {
    name: 'rebase -i',
    prepare: 'git checkout -q topic',
    act: 'GIT_SEQUENCE_EDITOR="sed -i s/^pick/reword/" git rebase -qi main',
    abort: 'git rebase --abort',
  },
  {
    name: 'rebase with a command after each commit',
    prepare: 'git checkout -q topic',
    act: 'git rebase -q -x true main',
    abort: 'git rebase --abort',
  },
  {
    name: 'pull --rebase',
    prepare: 'git checkout -q topic',
    act: 'git pull -q --rebase . main',
    abort: 'git rebase --abort',
  },
  { name: 'pull', act: 'git pull -q --no-rebase --no-edit . topic', abort: 'git merge --abort' },
  {
    name: 'am',
    prepare: 'git format-patch -qo ../patches main..topic',
    act: 'git am -q ../patches/*',
    abort: 'git am --abort',
  },
  {
    name: 'am --3way',
    prepare: 'git format-patch -qo ../patches main..topic',
    act: 'git am -q --3way ../patches/*',
    abort: 'git am --abort',
  },
];

const ways = WAYS.map((way): [string, Way] => [way.name, way]);

const lines = (at: Record<number, string> = {}): string =>
  Array.from({ length: 50 }, (_, index) => `${at[index] ?? index}\n`).join('');

/** `topic`, `other` and `main` have each changed `path`, each at a place of its own. */
const makeBranches = copiesOf((path: string): Repo => {
  const repo = makeGuardedRepo({ 'src/a.ts': lines(), 'free.ts': lines(), 'other.ts': 'one\n' });
  repo.git('checkout', '--quiet', '-b', 'other');
  repo.commitQuietly({ [path]: lines({ 30: 'other' }) });
  repo.git('checkout', '--quiet', '-b', 'topic', 'main');
  repo.commitQuietly({ [path]: lines({ 0: 'topic' }) });
  repo.commitQuietly({ [path]: lines({ 0: 'topic', 15: 'topic' }) });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ [path]: lines({ 45: 'main' }) });
  return repo;
});

const shell = (repo: Repo, script: string | undefined, path: string): Ended =>
  runShell(repo, script ?? '', {
    env: { P: path, GIT_EDITOR: 'sed -i "1s/^$/mine/"' },
  });

/** All that could have been lost. */
const lookAt = (repo: Repo): string =>
  runShell(
    repo,
    'git rev-parse HEAD; git symbolic-ref HEAD; git status --porcelain; git ls-files -s; git diff; git stash list; ls .git/*HEAD; ls -d .git/rebase* .git/sequencer',
  ).stdout.replace(/\S*AUTO_MERGE\S*|\S*(?:ORIG|FETCH)_HEAD\n/g, '');

test.each(ways)('refuses another’s path, and leaves all as it was: %s', (_, way) => {
  const repo = makeBranches('src/a.ts');
  expect(shell(repo, way.prepare, 'src/a.ts').code).toBe(0);
  claim(repo, 'codex', 'src/', '--task', 'port');
  const before = lookAt(repo);

  const refused = shell(repo, way.act, 'src/a.ts');
  const aborted = shell(repo, way.abort, 'src/a.ts');

  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/src\/a\.ts\n.*error codex holds it until .* task "port"/);
  expect(nextOf(refused.stderr)).toContain('src/a.ts');
  expect(aborted.code, aborted.stderr).toBe(0);
  expect(lookAt(repo)).toBe(before);
});

test.each(ways)('lets a path through that nobody holds: %s', (_, way) => {
  const repo = makeBranches('free.ts');
  expect(shell(repo, way.prepare, 'free.ts').code).toBe(0);
  claim(repo, 'codex', 'src/');
  const before = repo.git('rev-parse', 'HEAD');

  const ended = shell(repo, way.act, 'free.ts');

  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).not.toContain('leasehold');
  expect(repo.git('rev-parse', 'HEAD')).not.toBe(before);
});

// Which hook each way comes to has been seen by now: it is the same that cannot decide.
test.each(sample(ways))('cannot decide by a lock file that nobody can read: %s', (_, way) => {
  const repo = makeBranches('free.ts');
  expect(shell(repo, way.prepare, 'free.ts').code).toBe(0);
  breakLedger(repo);
  const before = lookAt(repo);

  const refused = shell(repo, way.act, 'free.ts');
  const aborted = shell(repo, way.abort, 'free.ts');

  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('could not decide');
  expect(nextOf(refused.stderr)).toBe('leasehold doctor --fix');
  expect(aborted.code, aborted.stderr).toBe(0);
  expect(lookAt(repo)).toBe(before);
});

test('lets a merge through that only carries what another holds', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.git('checkout', '--quiet', '-b', 'other', 'main');
  repo.commitQuietly({ 'src/b.ts': 'two\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'free.ts': 'two\n' });
  claim(repo, 'codex', 'src/');

  const octopus = repo.tryGit(['merge', '--quiet', '--no-edit', 'topic', 'other']);
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  const merge = repo.tryGit(['merge', '--quiet', '--no-edit', 'topic']);
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  const forward = repo.tryGit(['merge', '--quiet', '--no-edit', 'topic']);

  for (const ended of [octopus, merge, forward]) {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
});

test('goes on with a cherry-pick where it was refused, once the path is given back', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'free.ts': 'two\n' }, 'free');
  repo.commitQuietly({ 'src/a.ts': 'two\n' }, 'held');
  repo.commitQuietly({ 'free.ts': 'three\n' }, 'free again');
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'README.md': 'two\n' });
  claim(repo, 'codex', 'src/');

  const refused = repo.tryGit(['cherry-pick', 'main~1..topic']);
  const still = repo.tryGit(['cherry-pick', '--continue'], editing(repo, 'true'));
  repo.leasehold(['release', '--all'], { holder: 'codex' });
  const goes = repo.tryGit(['cherry-pick', '--continue'], editing(repo, 'true'));

  expect(refused.stderr).toContain('codex holds it');
  expect(still.stderr).toContain('codex holds it');
  expect(goes.code, goes.stderr).toBe(0);
  expect(repo.git('log', '-3', '--format=%s')).toBe('free again\nheld\nfree');
});

test('goes on with a rebase where it was refused, once the path is given back', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': 'two\n' }, 'held');
  repo.commitQuietly({ 'free.ts': 'two\n' }, 'free');
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'README.md': 'two\n' });
  claim(repo, 'codex', 'src/');

  const refused = repo.tryGit(['rebase', '--quiet', 'main', 'topic']);
  const still = repo.tryGit(['rebase', '--continue'], editing(repo, 'true'));
  repo.leasehold(['release', '--all'], { holder: 'codex' });
  const goes = repo.tryGit(['rebase', '--continue'], editing(repo, 'true'));

  expect(refused.stderr).toContain('codex holds it');
  expect(still.stderr).toContain('codex holds it');
  expect(goes.code, goes.stderr).toBe(0);
  expect(repo.git('log', '-2', '--format=%s')).toBe('free\nheld');
});

test('finds at the push what was made without any hook: commit-tree, a ref that was moved by hand', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  claim(repo, 'codex', 'src/');
  const plumb = (path: string) =>
    runShell(
      repo,
      `git read-tree main && git update-index --cacheinfo 100644,$(echo mine | git hash-object -w --stdin),${path} &&
       git update-ref refs/heads/plumbed $(git commit-tree -p main -m mine $(git write-tree)) && git push -q origin plumbed:$RANDOM$RANDOM`,
    );

  const held = plumb('src/a.ts');
  const free = plumb('free.ts');

  expect(held.code).not.toBe(0);
  expect(held.stderr).toContain('codex holds it');
  expect(free).toMatchObject({ code: 0, stderr: '' });
});

test('is not shown another history by replacements, neither at a commit nor at a push', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  const honest = repo.git('rev-parse', 'HEAD');
  // A stand-in for HEAD that has the change already: against it nothing is changed.
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  const standIn = repo.git('rev-parse', 'HEAD');
  repo.git('reset', '--quiet', '--hard', honest);
  claim(repo, 'codex', 'src/');
  // By the guard, whose questions to git are the hook's own.
  warmUp(repo);
  repo.git('replace', honest, standIn);
  repo.write('src/a.ts', 'two\n');
  repo.git('add', '--all');

  const commit = repo.tryGit(['commit', '--allow-empty', '-m', 'mine']);
  const quiet = repo.tryGit(['commit', '--allow-empty', '--no-verify', '-m', 'mine']);
  repo.git('replace', '--delete', honest);
  repo.git('reset', '--quiet', '--hard', standIn);
  repo.git(
    'replace',
    standIn,
    repo.git('commit-tree', '-p', honest, '-m', 'x', `${honest}^{tree}`),
  );
  const replaced = repo.tryGit(['push', 'origin', 'HEAD:main']);

  for (const ended of [commit, quiet, replaced]) {
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('codex holds it');
  }
});

test('is not shown other parents by grafts', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n' });
  addRemote(repo);
  repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
  repo.git('checkout', '--quiet', '-b', 'wip');
  repo.commitQuietly({ 'src/a.ts': 'two\n' });
  repo.git('push', '--quiet', '--no-verify', 'origin', 'wip');
  repo.git('remote', 'set-head', 'origin', 'main');
  repo.git('checkout', '--quiet', '-b', 'topic', 'main');
  claim(repo, 'codex', 'src/');
  repo.commitQuietly({ 'src/a.ts': 'two\n' }, 'mine');
  repo.write(
    '.git/info/grafts',
    `${repo.git('rev-parse', 'topic')} ${repo.git('rev-parse', 'wip')}\n`,
  );

  const push = repo.tryGit(['push', 'origin', 'topic']);

  expect(push.code).not.toBe(0);
  expect(push.stderr).toContain('codex holds it');
});

test('judges with the index of the commit, whatever the caller has set for others', () => {
  const repo = makeGuardedRepo({ 'src/a.ts': 'one\n', 'free.ts': 'one\n' });
  claim(repo, 'codex', 'src/');
  repo.write('src/a.ts', 'one and two\n');
  repo.write('free.ts', 'one and two\n');

  const held = runShell(
    repo,
    'cp .git/index ../index && export GIT_INDEX_FILE=$PWD/../index && git add src/a.ts && git commit -nqm mine',
  );
  const free = runShell(
    repo,
    'cp .git/index ../index && export GIT_INDEX_FILE=$PWD/../index && git add free.ts && git commit -nqm mine',
  );

  expect(held.stderr).toContain('codex holds it');
  expect(held.code).not.toBe(0);
  expect(free).toMatchObject({ code: 0, stderr: '' });
});
