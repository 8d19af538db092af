import { describe, expect, it } from 'vitest';
import {
  type ApprovalSide,
  createHandNeeds,
  findNeeds,
  listAsking,
  openApprovalSide,
} from '../../src/cli/approval-needs.ts';
import { readConfig } from '../../src/guard/index.ts';
import { createGit } from '../../src/kit/git.ts';
import { claimsOn, RULE } from '../locks/build.ts';
import { makeRepo } from '../make-repo.ts';

const OWNERS: Readonly<Record<string, readonly string[]>> = {
  core: ['@olga'],
  team: ['@acme/core', '@acme/unknown'],
  lost: ['@acme/unknown'],
  mail: ['olga@example.com'],
};

const sideOf = (files: readonly string[] = []): ApprovalSide => ({
  asked: claimsOn('core/', 'team/', 'lost/', 'mail/', 'free/'),
  identities: { '@Ann': ['@acme/core'], codex: ['@olga'] },
  rule: RULE,
  findOwners: (path) => OWNERS[path.split('/')[0] ?? ''] ?? [],
  listFiles: async () => files,
});

const find = (scopes: string[], files?: readonly string[], own?: string) => {
  const side = sideOf(files);
  const wanted = listAsking(side, claimsOn(...scopes));
  return findNeeds(side, wanted, (owners) => own !== undefined && owners.includes(own));
};

describe('whose approval claims need', () => {
  it.each<[string, string[], string[][]]>([
    ['an owner’s, or theirs who stand for them', ['core/a.ts'], [['olga', 'codex']]],
    [
      'one of several owners’, by the members that the config names',
      ['team/'],
      [['acme/core', 'ann', 'acme/unknown']],
    ],
    [
      'one for each owners’ paths',
      ['core/a.ts', 'core/b.ts', 'team/a'],
      [
        ['olga', 'codex'],
        ['acme/core', 'ann', 'acme/unknown'],
      ],
    ],
    ['of the files that a pattern means', ['glob:**/*.rs'], [['olga', 'codex']]],
  ])('is %s', async (_, scopes, approvers) => {
    const found = await find(scopes, ['core/lib.rs', 'docs/a.rs']);
    expect('needs' in found && found.needs.map((need) => need.approvers)).toEqual(approvers);
  });

  it.each([
    ['reads', ['read!core/']],
    ['what nobody is asked about', ['docs/', 'glob:docs/**']],
  ])('is nobody’s: of %s', async (_, scopes) => {
    expect(listAsking(sideOf(), claimsOn(...scopes))).toEqual([]);
  });

  it('is nobody’s where they are owners themselves', async () => {
    expect(await find(['core/'], [], '@olga')).toEqual({ needs: [] });
  });

  it.each<[string, string[], object]>([
    ['of what nobody owns', ['free/a'], { unowned: 'free/a' }],
    ['of patterns that mean no file', ['glob:core/**/*.rs'], { unowned: null }],
    ['of a team whose members nobody names', ['lost/'], { unnamed: ['@acme/unknown'] }],
    ['of an e-mail that is nobody’s login', ['mail/'], { unnamed: ['olga@example.com'] }],
  ])('cannot be given: %s', async (_, scopes, found) => {
    expect(await find(scopes)).toEqual(found);
    const [need] = await createHandNeeds(() => sideOf())(claimsOn(...scopes));
    expect(need?.approvers).toEqual([]);
  });
});

it('a side of a repository has its owners and its teams by its own commit', async () => {
  const repo = makeRepo();
  repo.commitQuietly({ CODEOWNERS: '/core/ @acme/core\n', 'core/a.rs': '' });
  const commit = repo.git('rev-parse', 'HEAD');
  repo.commitQuietly({ CODEOWNERS: '* @eve\n', 'core/b.rs': '' });
  repo.write('core/c.rs', '');
  repo.git('add', '--all');
  const guard = { approval: ['core/**'] };
  const owners = { identities: { '@acme/core': ['@acme/rust'], '@acme/rust': ['@Ann'] } };
  const locks = { store: 'github' };
  const config = readConfig(JSON.stringify({ locks, guard, owners }), 'a config');
  const open = (at: string | undefined) =>
    openApprovalSide(createGit(repo.top, process.env), config, { rule: RULE, commit: at });
  const ask = async (side: ApprovalSide) => {
    const found = await findNeeds(side, claimsOn('core/'), () => false);
    const approvers = 'needs' in found ? found.needs.flatMap((need) => need.approvers) : [];
    return [approvers, (await side.listFiles()).filter((path) => path.startsWith('core/'))];
  };
  expect(await ask(open(commit))).toEqual([['acme/core', 'acme/rust', 'ann'], ['core/a.rs']]);
  expect(await ask(open(undefined))).toEqual([['eve'], ['core/a.rs', 'core/b.rs', 'core/c.rs']]);
});
