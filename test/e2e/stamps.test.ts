import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addRemote,
  type Call,
  copiesWith,
  type Ended,
  makeGuardedRepo,
  type Repo,
} from '../make-repo.ts';
import { claim, countIn, editing, makeEditor, trailersOf } from '../past.ts';
import { runShell, warmUp } from '../shell.ts';
import { countStarts } from '../starts.ts';

const CODEX = { holder: 'codex' };
const FILES = { 'src/a.ts': 'one\n', 'src/b.ts': 'one\n', 'free.ts': 'one\n' };

/** A repository in which codex holds `src/`, with `src/a.ts` staged; what the guard needs is compiled already. */
const makeStaged = copiesWith(() => {
  const repo = makeGuardedRepo(FILES);
  const grant = claim(repo, 'codex', 'src/');
  warmUp(repo);
  change(repo, 'src/a.ts', 'two\n');
  return { repo, grant };
});

const change = (repo: Repo, path: string, text: string): void => {
  repo.write(path, text);
  repo.git('add', '--', path);
};

const commit = (repo: Repo, args: string[], call: Call = CODEX): Ended => {
  const ended = repo.tryGit(['commit', '--quiet', ...args], call);
  expect(ended).toMatchObject({ code: 0 });
  return ended;
};

const messageOf = (repo: Repo, rev = 'HEAD'): string => repo.git('log', '-1', '--format=%B', rev);

test.each([
  ['by the guard', true],
  ['by the command', false],
])('stamps a commit with the grant that covers it: %s', (_, warm) => {
  const repo = makeGuardedRepo(FILES);
  const grant = claim(repo, 'codex', 'src/');
  if (warm) warmUp(repo);
  change(repo, 'src/a.ts', 'two\n');

  const ended = commit(repo, ['-m', 'work']);

  expect(ended.stderr).toBe('');
  expect(messageOf(repo)).toBe(`work\n\nLock-Grant: ${grant}\n`);
});

test('stamps a message from a file, byte for byte otherwise', () => {
  const { repo, grant } = makeStaged();
  const text = 'subject\n\n- one\n- two\n\n    code\n';
  writeFileSync(join(repo.root, 'message'), text);

  commit(repo, ['-F', join(repo.root, 'message')]);

  expect(messageOf(repo)).toBe(`${text}\nLock-Grant: ${grant}\n`);
});

test('keeps a subject apart that looks like a trailer, behind blank lines too', () => {
  const { repo, grant } = makeStaged();
  writeFileSync(join(repo.root, 'message'), '\n \nfix: it\n');

  commit(repo, ['-F', join(repo.root, 'message')]);
  const plain = messageOf(repo);
  commit(repo, ['--amend'], editing(repo, 'printf "\\n# x\\nfix: it" >"$1"', CODEX));

  expect(plain).toBe(`fix: it\n\nLock-Grant: ${grant}\n`);
  expect(messageOf(repo)).toBe(plain);
});

test.each(['fix: it', 'Key: value', '# one', '---', ':', '(cherry picked from commit abc)'])(
  'stamps a message of one line as git would, without starting it: %s',
  (subject) => {
    const { repo, grant } = makeStaged();
    const file = join(repo.root, 'message');
    writeFileSync(file, `${subject}\n`);
    const trailer = `Lock-Grant: ${grant}`;
    const options = ['-c', 'core.commentChar=\u0001', 'interpret-trailers', '--no-divider'];
    const byGit = repo.git(...options, '--trailer', trailer, file);

    commit(repo, ['-F', file]);

    expect(messageOf(repo)).toBe(`${byGit}\n`);
    expect(byGit).toBe(`${subject}\n\n${trailer}`);
  },
);

test('stamps what an editor has left, below its last line and above git’s comments', () => {
  const { repo, grant } = makeStaged();
  const script = 'printf "subject\\n\\nbody\\n" | cat - "$1" >"$1.new" && mv "$1.new" "$1"';

  commit(repo, [], editing(repo, script, CODEX));

  expect(messageOf(repo)).toBe(`subject\n\nbody\n\nLock-Grant: ${grant}\n`);
});

test('shows no trailer in the editor before its author has written anything', () => {
  const { repo } = makeStaged();
  const script = `cp "$1" ${join(repo.root, 'seen')}; printf "subject\\n" >"$1"`;

  commit(repo, [], editing(repo, script, CODEX));

  expect(runShell(repo, `cat ${join(repo.root, 'seen')}`).stdout).not.toContain('Lock-');
  expect(trailersOf(repo)).toHaveLength(1);
});

test.each([
  ['with an editor', [], ': >"$1"'],
  ['with an editor that leaves git’s own words', [], 'true'],
  ['with an editor that leaves blank lines', [], 'printf "\\n \\n\\t\\n" >"$1"'],
  ['with an editor and a signature', ['--signoff'], 'true'],
  ['with an editor and the changes below', ['--verbose'], 'true'],
  ['with scissors', ['--verbose', '--cleanup=scissors'], 'true'],
  ['without an editor', ['--message', ''], 'false'],
  ['of blanks', ['--message', ' \n\t\n'], 'false'],
  ['without an editor, with a signature', ['--signoff', '--message', ''], 'false'],
  ['of a signature alone', ['--message', 'Signed-off-by: Ben <ben@example.com>'], 'false'],
  ['with a trailer of ours alone', ['--message', 'Lock-Grant: a#1'], 'false'],
])('leaves an empty message empty, so that git ends the commit: %s', (_, args, script) => {
  const { repo } = makeStaged();
  const before = repo.git('rev-parse', 'HEAD');

  const ended = repo.tryGit(['commit', ...args], editing(repo, script, CODEX));

  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('empty commit message');
  expect(repo.git('rev-parse', 'HEAD')).toBe(before);
  expect(repo.git('diff', '--cached', '--name-only')).toBe('src/a.ts');
});

test.each(['by the guard', 'by the command'])(
  'leaves a template that nobody has touched alone, and stamps one that is filled in: %s',
  (by) => {
    const { repo, grant } = makeStaged();
    writeFileSync(join(repo.root, 'template'), 'subject: \n\nwhy: \n');
    repo.git('config', 'commit.template', join(repo.root, 'template'));
    if (by === 'by the command') runShell(repo, 'rm -rf .git/leasehold/cache');

    const untouched = repo.tryGit(['commit'], editing(repo, 'true', CODEX));
    const signed = repo.tryGit(['commit', '--signoff'], editing(repo, 'true', CODEX));
    const touched = repo.tryGit(['commit'], editing(repo, 'echo because >>"$1"', CODEX));

    expect(untouched).toMatchObject({ code: 1 });
    expect(untouched.stderr).toContain('you did not edit the message');
    expect(signed.stderr).toContain('you did not edit the message');
    expect(touched).toMatchObject({ code: 0 });
    expect(trailersOf(repo)).toEqual([grant]);
  },
);

test('stamps a message above the line below which git shows the changes', () => {
  const { repo, grant } = makeStaged();
  const script = 'printf "subject\\n" | cat - "$1" >"$1.new" && mv "$1.new" "$1"';

  commit(repo, ['--verbose'], editing(repo, script, CODEX));
  const verbose = messageOf(repo);
  change(repo, 'src/a.ts', 'three\n');
  commit(repo, ['--verbose', '--verbose', '--cleanup=scissors'], editing(repo, script, CODEX));

  expect(verbose).toBe(`subject\n\nLock-Grant: ${grant}\n`);
  expect(messageOf(repo)).toBe(`subject\n\nLock-Grant: ${grant}\n`);
});

test.each(['scissors', 'verbatim', 'whitespace', 'strip', 'default'])(
  'stamps a message that is cleaned up by %s, with and without an editor',
  (cleanup) => {
    const { repo, grant } = makeStaged();
    repo.git('config', 'commit.cleanup', cleanup);

    commit(repo, ['-m', 'subject', '-m', '# 1 is a heading']);
    const plain = trailersOf(repo);
    change(repo, 'src/a.ts', 'three\n');
    commit(repo, [], editing(repo, 'printf "subject\\n\\nbody\\n" >"$1"', CODEX));

    expect(plain).toEqual([grant]);
    expect(trailersOf(repo)).toEqual([grant]);
    expect(countIn(repo, 'Lock-Grant')).toBe(1);
  },
);

test('keeps headings that scissors leave in a message', () => {
  const { repo, grant } = makeStaged();
  repo.git('config', 'commit.cleanup', 'scissors');

  commit(repo, [], editing(repo, 'printf "# heading\\n\\nbody\\n\\n# end\\n" >"$1"', CODEX));

  expect(messageOf(repo)).toContain('# heading\n\nbody\n');
  expect(messageOf(repo)).toContain('# end\n');
  expect(countIn(repo, grant)).toBe(1);
});

test.each(['whitespace', 'verbatim'])(
  'stamps a message that keeps git’s comments (%s) where a push finds it',
  (cleanup) => {
    const { repo, grant } = makeStaged();
    addRemote(repo);
    repo.git('push', '--quiet', '--no-verify', 'origin', 'main');
    const script = 'printf "subject\\n" | cat - "$1" >"$1.new" && mv "$1.new" "$1"';
    commit(repo, [`--cleanup=${cleanup}`], editing(repo, script, CODEX));
    expect(countIn(repo, grant)).toBe(1);

    repo.leasehold(['release', '--all'], CODEX);
    claim(repo, 'bob', 'src/');
    const push = repo.tryGit(['push', 'origin', 'main'], CODEX);

    expect(push.stderr).toContain('lock/stale-token');
  },
);

test.each([';', '%', 'auto'])('reads git’s comments by core.commentChar=%s', (char) => {
  const { repo, grant } = makeStaged();
  repo.git('config', 'core.commentChar', char);
  const script =
    'printf "#1 subject\\n\\n# a heading\\n\\nbody\\n" | cat - "$1" >"$1.new" && mv "$1.new" "$1"';

  const empty = repo.tryGit(['commit'], editing(repo, 'true', CODEX));
  commit(repo, [], editing(repo, script, CODEX));

  expect(empty.stderr).toContain('empty commit message');
  expect(trailersOf(repo)).toEqual([grant]);
});

test('does not take a paragraph for comments where no editor opens', () => {
  const { repo, grant } = makeStaged();

  commit(repo, ['-m', 'subject', '-m', '#12 and #13\n# are mended']);

  expect(messageOf(repo)).toBe(`subject\n\n#12 and #13\n# are mended\n\nLock-Grant: ${grant}\n`);
});

test('keeps --amend’s message, and stamps it once however often it is amended', () => {
  const { repo, grant } = makeStaged();
  commit(repo, ['-m', 'work']);

  commit(repo, ['--amend', '--no-edit']);
  commit(repo, ['--amend', '--no-edit', '--signoff']);
  commit(repo, ['--amend'], editing(repo, 'true', CODEX));

  expect(countIn(repo, 'Lock-Grant')).toBe(1);
  expect(trailersOf(repo)).toEqual([grant]);
  expect(trailersOf(repo, 'HEAD', 'Signed-off-by')).toHaveLength(1);
});

test('stamps a message that --amend replaces', () => {
  const { repo, grant } = makeStaged();
  commit(repo, ['-m', 'work']);

  commit(repo, ['--amend', '-m', 'other words']);

  expect(messageOf(repo)).toBe(`other words\n\nLock-Grant: ${grant}\n`);
});

test('takes the trailer out where an amend takes the path out', () => {
  const { repo } = makeStaged();
  change(repo, 'free.ts', 'two\n');
  expect(repo.leasehold(['claim', 'free.ts'], CODEX).code).toBe(0);
  commit(repo, ['-m', 'work']);
  expect(trailersOf(repo)).toHaveLength(2);
  repo.git('checkout', '--quiet', 'HEAD^', '--', 'src/a.ts');

  commit(repo, ['--amend', '--no-edit']);

  expect(trailersOf(repo)).toHaveLength(1);
  repo.git('checkout', '--quiet', 'HEAD^', '--', 'free.ts');
  commit(repo, ['--amend', '--no-edit', '--allow-empty']);
  expect(messageOf(repo)).toBe('work\n');
});

test('names each grant that covers a path, by its token', () => {
  const { repo, grant } = makeStaged();
  const other = claim(repo, 'codex', 'free.ts');
  claim(repo, 'codex', 'elsewhere/');
  change(repo, 'free.ts', 'two\n');

  commit(repo, ['-m', 'work']);

  expect(trailersOf(repo)).toEqual([grant, other]);
});

test('names a grant by the token that an extension gave it', () => {
  const { repo, grant } = makeStaged();
  expect(repo.leasehold(['extend', 'free.ts'], CODEX).code).toBe(0);
  change(repo, 'free.ts', 'two\n');

  commit(repo, ['-m', 'work']);

  const [named = ''] = trailersOf(repo);
  const [id, token] = grant.split('#');
  expect(named).toMatch(new RegExp(`^${id}#\\d+$`));
  expect(Number(named.split('#')[1])).toBeGreaterThan(Number(token));
});

test('leaves the message alone where no grant covers the commit', () => {
  const { repo } = makeStaged();
  repo.git('reset', '--quiet', '--hard');
  change(repo, 'free.ts', 'two\n');

  commit(repo, ['-m', 'work'], {});

  expect(messageOf(repo)).toBe('work\n');
});

test('names no grant that only reads the path', () => {
  const repo = makeGuardedRepo(FILES);
  expect(repo.leasehold(['claim', '--read', 'src/']).code).toBe(0);
  change(repo, 'src/a.ts', 'two\n');

  commit(repo, ['-m', 'work'], {});

  expect(messageOf(repo)).toBe('work\n');
});

test('names a person’s grant', () => {
  const repo = makeGuardedRepo(FILES);
  const { body } = repo.json(['claim', 'src/']);
  change(repo, 'src/a.ts', 'two\n');

  commit(repo, ['-m', 'work'], {});

  expect(trailersOf(repo)).toEqual([`${body.grant.id}#${body.grant.token}`]);
});

test('stands below a body with a line of dashes, as if for a patch', () => {
  const { repo, grant } = makeStaged();
  const text = 'subject\n\nbefore\n---\nafter\n\ndiff --git a/x b/x\n';

  commit(repo, ['-m', text]);

  expect(messageOf(repo)).toBe(`${text}\nLock-Grant: ${grant}\n`);
});

test('keeps the bytes of a message that is not in UTF-8', () => {
  const { repo, grant } = makeStaged();
  repo.git('config', 'i18n.commitEncoding', 'ISO-8859-1');
  writeFileSync(
    join(repo.root, 'message'),
    Buffer.from('gr\xfc\xdfe\n\nLock-Grant: a#1\n', 'latin1'),
  );

  commit(repo, ['-F', join(repo.root, 'message')]);

  const raw = runShell(repo, 'git cat-file commit HEAD | od -An -tx1 | tr -d " \\n"').stdout;
  expect(raw).toContain(Buffer.from('gr\xfc\xdfe\n\nLock-Grant: ', 'latin1').toString('hex'));
  expect(trailersOf(repo)).toEqual([grant]);
});

test('replaces a trailer that somebody typed', () => {
  const { repo, grant } = makeStaged();

  commit(repo, ['-m', 'work', '-m', 'Lock-Grant: forged#99\nlock-grant: other#1']);
  const typed = messageOf(repo);
  change(repo, 'src/a.ts', 'three\n');
  commit(repo, ['-m', 'work', '--trailer', 'Lock-Grant: forged#99']);

  expect(typed).toBe(`work\n\nLock-Grant: ${grant}\n`);
  expect(messageOf(repo)).toBe(`work\n\nLock-Grant: ${grant}\n`);
});

test('takes out a forged trailer where nothing is held, and what git would read as one', () => {
  const repo = makeGuardedRepo(FILES);
  for (const text of ['Lock-Grant: forged#99', 'Lock-Grant : forged#99', 'LOCK-GRANT:forged#99']) {
    change(repo, 'free.ts', text);
    commit(repo, ['-m', 'work', '-m', text, '-m', ' \n'], {});
    expect(messageOf(repo)).toBe('work\n');
  }
});

test('stands beside the trailers of others, and keeps them', () => {
  const { repo, grant } = makeStaged();
  const others = 'Co-authored-by: Ann <ann@example.com>\nFixes: 12';

  commit(repo, ['--signoff', '-m', 'work', '-m', others]);

  const signed = 'Signed-off-by: Ben <ben@example.com>';
  expect(messageOf(repo)).toBe(`work\n\n${others}\n${signed}\nLock-Grant: ${grant}\n`);
});

test('is not bent by the user’s own settings of trailers', () => {
  const { repo } = makeStaged();
  claim(repo, 'codex', 'free.ts');
  change(repo, 'free.ts', 'two\n');
  repo.git('config', 'trailer.where', 'start');
  repo.git('config', 'trailer.ifexists', 'replace');
  repo.git('config', 'trailer.ifmissing', 'doNothing');
  repo.git('config', 'trailer.separators', '#=');
  repo.git('config', 'trailer.lock.key', 'Lock-Grant');
  repo.git('config', 'trailer.lock.where', 'start');
  repo.git('config', 'trailer.lock.ifexists', 'doNothing');
  repo.git('config', 'trailer.lock.ifmissing', 'doNothing');
  repo.git('config', 'trailer.lock.cmd', 'echo bent');

  commit(repo, ['-m', 'work']);

  repo.git('config', '--remove-section', 'trailer');
  repo.git('config', '--remove-section', 'trailer.lock');
  expect(trailersOf(repo)).toHaveLength(2);
  expect(messageOf(repo)).not.toContain('bent');
});

test('stamps a message of five thousand lines', () => {
  const { repo, grant } = makeStaged();
  const text = `subject\n\n${'line of the body\n'.repeat(5_000)}`;
  writeFileSync(join(repo.root, 'message'), text);

  commit(repo, ['-F', join(repo.root, 'message')]);

  expect(messageOf(repo)).toBe(`${text}\nLock-Grant: ${grant}\n`);
});

test.each(['-C', '-c'])('replaces the trailers of a message that is copied by %s', (option) => {
  const { repo, grant } = makeStaged();
  commit(repo, ['-m', 'work']);
  repo.leasehold(['release', '--all'], CODEX);
  claim(repo, 'ann', 'src/');
  change(repo, 'src/a.ts', 'three\n');

  commit(repo, [option, 'HEAD'], editing(repo, 'true', { holder: 'ann' }));

  expect(countIn(repo, 'Lock-Grant')).toBe(1);
  expect(messageOf(repo)).not.toContain(grant);
});

/** codex has committed on `topic` under a grant that is released; ann holds the path now, on main. */
const makePassedOn = copiesWith(() => {
  const repo = makeGuardedRepo(FILES);
  repo.git('checkout', '--quiet', '-b', 'topic');
  const then = claim(repo, 'codex', 'src/');
  change(repo, 'src/a.ts', 'two\n');
  commit(repo, ['-m', 'work']);
  change(repo, 'src/b.ts', 'two\n');
  commit(repo, ['-m', 'more work', '-m', 'Signed-off-by: Ben <ben@example.com>']);
  expect(repo.leasehold(['release', '--all'], CODEX).code).toBe(0);
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'README.md': 'on\n' });
  return { repo, then, now: claim(repo, 'ann', 'src/') };
});

const ANN = { holder: 'ann', env: { GIT_EDITOR: 'true' } };

test.each([
  ['cherry-pick', ['cherry-pick', 'main..topic']],
  ['cherry-pick -x', ['cherry-pick', '-x', 'main..topic']],
  ['cherry-pick --edit', ['cherry-pick', '--edit', 'main..topic']],
  ['rebase', ['rebase', 'main', 'topic']],
  ['rebase by patches', ['rebase', '--apply', 'main', 'topic']],
  ['rebase that rewrites all', ['rebase', '--force-rebase', 'main', 'topic']],
  ['am', 'format-patch'],
  ['am --3way', 'format-patch --3way'],
  ['am --signoff', 'format-patch --signoff'],
])('names in each new commit the grant of who makes it: %s', (_, args) => {
  const { repo, now } = makePassedOn();

  const ended =
    typeof args === 'string'
      ? runShell(
          repo,
          `git format-patch --quiet --output-directory ../patches main..topic && git am --quiet ${args.split(' ').slice(1).join(' ')} ../patches/*`,
          ANN,
        )
      : repo.tryGit(args, ANN);

  expect(ended).toMatchObject({ code: 0 });
  for (const rev of ['HEAD', 'HEAD^']) {
    expect(trailersOf(repo, rev)).toEqual([now]);
    expect(countIn(repo, 'Lock-Grant', rev)).toBe(1);
  }
  expect(trailersOf(repo, 'HEAD', 'Signed-off-by')).toContain('Ben <ben@example.com>');
});

test('names the grant of who squashes, and leaves what is quoted as it is', () => {
  const { repo, then, now } = makePassedOn();
  repo.git('merge', '--quiet', '--squash', 'topic');

  commit(repo, ['--no-edit'], ANN);
  const squashed = messageOf(repo);
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  repo.git('merge', '--quiet', '--squash', 'topic');
  commit(repo, [], ANN);

  expect(squashed).toContain(`    Lock-Grant: ${then}`);
  expect(messageOf(repo)).toBe(squashed);
  expect(trailersOf(repo)).toEqual([now]);
});

test('stamps a revert', () => {
  const { repo, grant } = makeStaged();
  commit(repo, ['-m', 'work']);

  expect(repo.tryGit(['revert', '--no-edit', 'HEAD'], CODEX)).toMatchObject({ code: 0 });
  const plain = trailersOf(repo);
  expect(repo.tryGit(['revert', 'HEAD'], editing(repo, 'true', CODEX))).toMatchObject({ code: 0 });

  expect(plain).toEqual([grant]);
  expect(trailersOf(repo)).toEqual([grant]);
});

test('stamps what an interactive rebase rewords, squashes and fixes up', () => {
  const { repo, grant } = makeStaged();
  for (const text of ['two', 'three', 'four', 'five', 'six']) {
    change(repo, 'src/a.ts', `${text}\n`);
    commit(repo, ['-m', text]);
  }
  const plan = makeEditor(
    repo,
    'sed -i -e "2s/^pick/reword/" -e "3s/^pick/squash/" -e "4s/^pick/fixup/" -e "5s/^pick/edit/" "$1"',
    'plan',
  );
  const env = { GIT_SEQUENCE_EDITOR: plan, GIT_EDITOR: makeEditor(repo, 'sed -i "1s/^/re/" "$1"') };

  const rebase = repo.tryGit(['rebase', '--interactive', '--root'], { ...CODEX, env });
  expect(rebase.code, rebase.stderr).toBe(0);
  expect(repo.tryGit(['rebase', '--continue'], { ...CODEX, env })).toMatchObject({ code: 0 });

  const revs = repo.git('rev-list', 'HEAD').split('\n');
  for (const rev of revs.slice(0, -1)) {
    expect(trailersOf(repo, rev)).toEqual([grant]);
    expect(countIn(repo, '\nLock-Grant', rev)).toBe(1);
  }
});

test('stamps what autosquash makes of fixups', () => {
  const { repo, grant } = makeStaged();
  commit(repo, ['-m', 'work']);
  change(repo, 'src/b.ts', 'two\n');
  commit(repo, ['--fixup', 'HEAD']);
  expect(trailersOf(repo)).toEqual([grant]);
  change(repo, 'src/b.ts', 'three\n');
  commit(repo, ['--squash', 'HEAD^', '-m', 'and more']);

  const env = { GIT_SEQUENCE_EDITOR: 'true', GIT_EDITOR: 'true' };
  const rebase = repo.tryGit(['rebase', '-i', '--autosquash', 'HEAD~3'], { ...CODEX, env });

  expect(rebase.code, rebase.stderr).toBe(0);
  expect(trailersOf(repo)).toEqual([grant]);
  expect(countIn(repo, 'Lock-Grant')).toBe(1);
});

test('stamps a merge that changes a path beyond its parents, and none that only carries', () => {
  const repo = makeGuardedRepo(FILES);
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': 'topic\n' });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'README.md': 'main\n' });
  const grant = claim(repo, 'codex', 'src/', 'README.md');

  const carried = repo.tryGit(['merge', '--quiet', '--no-edit', 'topic'], CODEX);
  const plain = messageOf(repo);
  repo.git('reset', '--quiet', '--hard', 'HEAD^');
  repo.commitQuietly({ 'src/a.ts': 'main\n' });
  repo.tryGit(['merge', '--quiet', 'topic'], CODEX);
  change(repo, 'src/a.ts', 'both\n');
  const finished = repo.tryGit(['commit', '--quiet', '--no-edit'], CODEX);

  expect(carried).toMatchObject({ code: 0 });
  expect(plain).not.toContain('Lock-Grant');
  expect(finished).toMatchObject({ code: 0 });
  expect(trailersOf(repo)).toEqual([grant]);
});

test('stamps a merge that git makes of both sides of one file', () => {
  const lines = (first: string, last: string) => `${first}\n${'same\n'.repeat(9)}${last}\n`;
  const repo = makeGuardedRepo({ 'src/a.ts': lines('one', 'one') });
  repo.git('checkout', '--quiet', '-b', 'topic');
  repo.commitQuietly({ 'src/a.ts': lines('two', 'one') });
  repo.git('checkout', '--quiet', 'main');
  repo.commitQuietly({ 'src/a.ts': lines('one', 'two') });
  const grant = claim(repo, 'codex', 'src/');

  for (const args of [['--no-edit'], ['--edit'], ['-m', 'merged']]) {
    const merge = repo.tryGit(['merge', '--quiet', ...args, 'topic'], editing(repo, 'true', CODEX));
    expect(merge).toMatchObject({ code: 0 });
    expect(trailersOf(repo)).toEqual([grant]);
    repo.git('reset', '--quiet', '--hard', 'HEAD^');
  }
});

test('stamps in a linked worktree, and in a directory below', () => {
  const { repo, grant } = makeStaged();
  const tree = repo.addWorktree('tree');
  change(tree, 'src/a.ts', 'two\n');

  commit(tree, ['-m', 'in a worktree']);
  commit(repo, ['-m', 'below'], { ...CODEX, cwd: repo.path('src') });

  expect(trailersOf(tree)).toEqual([grant]);
  expect(trailersOf(repo)).toEqual([grant]);
});

test('stamps in a submodule, by the grants of the submodule', () => {
  const inner = makeGuardedRepo(FILES);
  const outer = makeGuardedRepo(FILES);
  const add = [
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    inner.top,
    'mods',
  ];
  outer.git(...add);
  outer.commitQuietly({});
  const call = { ...CODEX, cwd: outer.path('mods') };
  expect(outer.leasehold(['init'], call).code).toBe(0);
  const { body } = outer.json(['claim', 'src/'], call);
  outer.write('mods/src/a.ts', 'two\n');
  const who = ['-c', 'user.name=Ben', '-c', 'user.email=ben@example.com'];

  const ended = outer.tryGit([...who, 'commit', '--quiet', '-am', 'work'], call);

  expect(ended).toMatchObject({ code: 0 });
  const { stdout } = outer.tryGit(['log', '-1', '--format=%B'], call);
  expect(stdout).toContain(`Lock-Grant: ${body.grant.id}#${body.grant.token}`);
});

test('keeps two commits apart that run at once in two worktrees', () => {
  const repo = makeGuardedRepo(FILES);
  const tree = repo.addWorktree('tree');
  const mine = claim(repo, 'codex', 'src/a.ts');
  const other = claim(repo, 'ann', 'src/b.ts');
  warmUp(repo);
  change(repo, 'src/a.ts', 'two\n');
  change(tree, 'src/b.ts', 'two\n');
  // Each editor waits until the other one is open too: both commits are between their hooks.
  const meet = (own: string, its: string) =>
    `touch ${repo.root}/${own}; while [ ! -e ${repo.root}/${its} ]; do sleep 0.02; done; echo work >"$1"`;
  const [first, second] = [
    makeEditor(repo, meet('first', 'second'), 'first-editor'),
    makeEditor(repo, meet('second', 'first'), 'second-editor'),
  ];

  const both = runShell(
    repo,
    `LEASEHOLD_HOLDER=codex GIT_EDITOR=${first} git commit -q & one=$!
     LEASEHOLD_HOLDER=ann GIT_EDITOR=${second} git -C ${tree.top} commit -q; two=$?
     wait $one && exit $two`,
  );

  expect(both).toMatchObject({ code: 0 });
  expect(trailersOf(repo)).toEqual([mine]);
  expect(trailersOf(tree)).toEqual([other]);
});

test('judges once, and starts node once for a plain commit', () => {
  const { repo, grant } = makeStaged();
  const list = countStarts(repo);

  commit(repo, ['-m', 'work']);

  expect(list()).toEqual(['guard.cjs']);
  expect(trailersOf(repo)).toEqual([grant]);
});

test('judges once where an editor opens: the second start only stamps', () => {
  const { repo } = makeStaged();
  const list = countStarts(repo);
  // A lock that comes up while the editor is open is for the next commit.
  const script = `LEASEHOLD_HOLDER=codex leasehold release --all 2>/dev/null; LEASEHOLD_HOLDER=ann leasehold claim src/ >/dev/null 2>&1; echo work >"$1"`;

  commit(repo, [], editing(repo, script, CODEX));

  expect(list()).toEqual(['guard.cjs', 'leasehold hook commit-msg']);
});

test('does not take the stamp of a commit that was given up for its own', () => {
  const { repo } = makeStaged();
  // Its editor failed, so that no later hook has used the stamp up.
  repo.tryGit(['commit'], editing(repo, 'exit 1', CODEX));
  expect(repo.read('.git/leasehold-stamp')).toMatch(/^checked \d+\nLock-Grant: /);
  repo.leasehold(['release', '--all'], CODEX);
  claim(repo, 'ann', 'src/');

  const ended = repo.tryGit(['commit', '--no-verify', '-m', 'work'], CODEX);

  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('ann holds it');
});
