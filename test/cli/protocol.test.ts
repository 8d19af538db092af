import { describe, expect, it } from 'vitest';
import { parseMerged } from '../../src/cli/ci-merge.ts';
import { placeProtocol } from '../../src/cli/protocol.ts';
import { PROTOCOL, renderLockForm } from '../../src/cli/protocol-text.ts';
import { parseBody } from '../../src/locks/issue-body.ts';
import { RULE } from '../locks/build.ts';

describe('the protocol in a project’s CONTRIBUTING', () => {
  it('stands at the end, and what was there stays', () => {
    const text = placeProtocol('# Contributing\n\nBe kind.\n') ?? '';
    expect(text.startsWith('# Contributing\n\nBe kind.\n\n<!-- leasehold protocol')).toBe(true);
    expect(text).toContain(PROTOCOL);
  });

  it('is all of a file that was not there', () => {
    expect(placeProtocol('')?.startsWith('<!-- leasehold protocol')).toBe(true);
  });

  it('is written anew between its marks alone', () => {
    const first = placeProtocol('# Before\n') ?? '';
    const edited = `${first.replace('When to lock', 'Whenever')}\n# After\n`;
    expect(placeProtocol(edited)).toBe(`${first}\n# After\n`);
    expect(placeProtocol(first)).toBe(first);
  });

  it('keeps to the line ends of the file', () => {
    const text = placeProtocol('# Before\r\n') ?? '';
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(placeProtocol(text)).toBe(text);
  });

  it.each([
    '<!-- end of leasehold protocol -->',
    (placeProtocol('') ?? '').replace(/<!-- end.*/, ''),
  ])('is not put anywhere where one of its marks is missing', (text) => {
    expect(placeProtocol(text)).toBeUndefined();
  });
});

it('the form for a lock asks for what is read of one', () => {
  const labels = [...renderLockForm('lock').matchAll(/label: (.+)/g)].map(([, label]) => label);
  const answers = ['```text\nsrc/\n```', 'Port it', '2h', '_No response_'];
  const text = labels.map((label, at) => `### ${label}\n\n${answers[at]}`).join('\n\n');
  expect(parseBody(text, 12, RULE)).toMatchObject({
    form: { claims: [{ scope: 'src/' }], task: 'Port it', ttl: 7_200_000 },
  });
});

describe('what was merged', () => {
  const side = (full_name: string, ref = 'codex/task-12') => ({ ref, repo: { full_name } });
  const made = { user: { login: 'Ann' }, merged_at: '2026-01-17T00:00:00Z', base: side('a/b') };
  const pull = { merged: true, number: 7, title: 'Port it', body: 'Closes #12', ...made };

  it('is told by the event of a pull request that was closed', () => {
    expect(parseMerged({ pull_request: { ...pull, head: side('a/b') } })).toEqual({
      number: 7,
      texts: ['Port it', 'Closes #12'],
      author: 'ann',
      at: Date.UTC(2026, 0, 17),
      branch: 'codex/task-12',
    });
  });

  it.each([
    ['a pull request that was only closed', { pull_request: { ...pull, merged: false } }],
    ['another event', { ref: 'refs/heads/main' }],
    ['no event', undefined],
  ])('is nothing in %s', (_, payload) => {
    expect(parseMerged(payload)).toBeUndefined();
  });

  it('from the default branch, where everybody claims, is of no branch', () => {
    const repository = { default_branch: 'main' };
    const merged = parseMerged({
      repository,
      pull_request: { ...pull, head: side('a/b', 'main') },
    });
    const other = parseMerged({ repository, pull_request: { ...pull, head: side('a/b', 'x') } });
    expect([merged?.branch, other?.branch]).toEqual([undefined, 'x']);
  });

  it('of a fork has no branch of this repository', () => {
    const merged = parseMerged({ pull_request: { ...pull, head: side('eve/b') } });
    expect(merged?.branch).toBeUndefined();
  });
});
