import { describe, expect, it } from 'vitest';
import { readGithubEvent, readGitlabEvent } from '../../src/cli/ci-event.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);

const pull = (fields: object = {}) => ({
  pull_request: {
    number: 7,
    title: 't',
    user: { login: 'ben' },
    head: { sha: B, ref: 'topic', repo: { full_name: 'a/b' } },
    base: { sha: A, ref: 'main', repo: { full_name: 'a/b' } },
    ...fields,
  },
});

describe('an event of GitHub', () => {
  it('is a pull request into the branch as it is now, by the rules of that', () => {
    expect(readGithubEvent('pull_request', pull())).toMatchObject({
      kind: 'pull request',
      base: { branch: 'main', commit: A },
      policy: { branch: 'main', commit: A },
      head: { branch: 'topic', commit: B },
      isFork: false,
      pulls: [{ number: 7, author: 'ben', head: B, covers: [] }],
    });
  });

  it('is from a fork where the repositories differ, or the other one is gone', () => {
    const from = (repo: unknown) =>
      readGithubEvent('pull_request_target', pull({ head: { sha: B, ref: 'main', repo } }));
    expect(from({ full_name: 'eve/b' })).toMatchObject({ isFork: true });
    expect(from(null)).toMatchObject({ isFork: true });
  });

  it('is a merge group by the rules of its branch, not of what stands before it in the queue', () => {
    const merge_group = {
      head_sha: B,
      base_sha: A,
      base_ref: 'refs/heads/main',
      head_ref: 'refs/heads/gh-readonly-queue/main/pr-12-0123abc',
    };
    expect(readGithubEvent('merge_group', { merge_group })).toMatchObject({
      kind: 'merge group',
      base: { commit: A },
      policy: { branch: 'main' },
      pulls: [{ number: 12, covers: 'all' }],
    });
  });

  const push = (fields: object) =>
    readGithubEvent('push', {
      ref: 'refs/heads/main',
      before: A,
      after: B,
      repository: { default_branch: 'main' },
      ...fields,
    });

  it('is a push to the main branch by the rules before it', () => {
    const event = push({});
    expect(event).toMatchObject({ kind: 'push', base: { commit: A }, policy: { commit: A } });
    expect(event).not.toHaveProperty('policy.branch');
  });

  it('is a push to another branch by the rules of the main one, whatever was pushed there before', () => {
    expect(push({ ref: 'refs/heads/topic' })).toMatchObject({
      base: { commit: A },
      policy: { branch: 'main' },
      head: { branch: 'topic', commit: B },
    });
    // What was pushed to the branch before is no commit of the main one.
    expect(push({ ref: 'refs/heads/topic' })).not.toHaveProperty('policy.commit');
  });

  it('is a push of a new branch against the main one', () => {
    expect(push({ ref: 'refs/heads/topic', before: ZERO })).toMatchObject({
      base: { branch: 'main' },
      policy: { branch: 'main' },
    });
  });

  it('is nothing where a ref is deleted', () => {
    expect(push({ after: ZERO })).toEqual({ nothing: 'it deletes a ref', verdict: 'pass' });
  });

  it.each([
    ['schedule', {}],
    ['pull_request', undefined],
    ['pull_request', 'text'],
    ['pull_request', { pull_request: null }],
    ['pull_request', pull({ head: { sha: '--output=x' } })],
    ['pull_request', pull({ number: '7; rm' })],
    ['merge_group', { merge_group: { head_sha: `${B}\n`, base_sha: A } }],
  ])('cannot be told: %s %j', (name, payload) => {
    expect(readGithubEvent(name, payload)).toMatchObject({ verdict: 'undecided' });
  });
});

describe('what GitLab CI says', () => {
  const MERGE = {
    CI_COMMIT_SHA: B,
    CI_MERGE_REQUEST_IID: '3',
    CI_MERGE_REQUEST_TITLE: 'Draft: x',
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
    CI_MERGE_REQUEST_DIFF_BASE_SHA: A,
    CI_MERGE_REQUEST_PROJECT_ID: '1',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '2',
  };

  it('is a merge request, from a fork where the projects differ', () => {
    expect(readGitlabEvent(MERGE)).toMatchObject({
      kind: 'pull request',
      base: { branch: 'main', commit: A },
      policy: { branch: 'main' },
      head: { commit: B },
      isFork: true,
      pulls: [{ number: 3, title: 'Draft: x' }],
    });
  });

  it('is judged by a commit that the host names of the target, and not by where the branch parted', () => {
    const tip = 'd'.repeat(40);
    const named = { ...MERGE, CI_MERGE_REQUEST_TARGET_BRANCH_SHA: tip };
    expect(readGitlabEvent(named)).toMatchObject({ policy: { branch: 'main', commit: tip } });
    expect(readGitlabEvent(MERGE)).not.toHaveProperty('policy.commit');
  });

  it('is the branch, where the pipeline runs on a merge that GitLab has made', () => {
    const head = 'c'.repeat(40);
    expect(readGitlabEvent({ ...MERGE, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head })).toMatchObject({
      head: { commit: head },
    });
  });

  it('is a push', () => {
    const env = { CI_COMMIT_SHA: B, CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main' };
    expect(readGitlabEvent({ ...env, CI_COMMIT_BEFORE_SHA: A })).toMatchObject({
      kind: 'push',
      base: { commit: A },
    });
    expect(readGitlabEvent({ ...env, CI_COMMIT_BEFORE_SHA: ZERO })).toMatchObject({
      base: { branch: 'main' },
    });
    expect(readGitlabEvent({})).toMatchObject({ verdict: 'undecided' });
  });
});
