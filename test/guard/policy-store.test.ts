import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/guard/policy.ts';
import { findPolicy, findPolicyFor, savePolicy } from '../../src/guard/policy-store.ts';
import { createAskingMatcher } from '../../src/owners/index.ts';
import { createFakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { ownersOf, policyOf } from './question.ts';

const DIRECTORY = '/state/cache';
const POLICY = policyOf({ requireLock: ['src/'], owners: ownersOf('* @ann\n') });
const BLOBS = new Map([
  ['leasehold.config.json', 'c0'],
  ['.github/CODEOWNERS', '0a'],
]);

const setUp = () => {
  const files = createMemoryFiles(createFakeClock());
  return {
    files,
    save: (blobs: ReadonlyMap<string, string> = BLOBS, policy = POLICY) =>
      savePolicy(files, DIRECTORY, blobs, policy),
    find: (blobs: ReadonlyMap<string, string> = BLOBS) => findPolicy(files, DIRECTORY, blobs),
    names: () => files.list(DIRECTORY),
  };
};

describe('a compiled policy', () => {
  it('comes back for the blobs that it was made from', () => {
    const { save, find } = setUp();
    save();
    expect(find()).toEqual(POLICY);
  });

  it('is unknown before it was saved', () => {
    expect(setUp().find()).toBeUndefined();
  });

  it.each<[string, Map<string, string>]>([
    ['another config', new Map([...BLOBS, ['leasehold.config.json', 'c1']])],
    ['another CODEOWNERS', new Map([...BLOBS, ['.github/CODEOWNERS', '0b']])],
    ['no config', new Map([['.github/CODEOWNERS', '0a']])],
    ['no CODEOWNERS', new Map([['leasehold.config.json', 'c0']])],
    [
      'the same CODEOWNERS in another place',
      new Map([
        ['leasehold.config.json', 'c0'],
        ['docs/CODEOWNERS', '0a'],
      ]),
    ],
    ['nothing at all', new Map()],
  ])('is not that of %s', (_, blobs) => {
    const { save, find } = setUp();
    save();
    expect(find(blobs)).toBeUndefined();
  });

  it('is the same whatever lies in the places that are not read', () => {
    const { save, find } = setUp();
    const blobs = new Map([...BLOBS, ['CODEOWNERS', '0b']]);
    save(blobs);
    expect(find(new Map([...blobs, ['docs/CODEOWNERS', 'ff']]))).toEqual(POLICY);
  });

  it('is another one where the other host would read another file: the config says whose it is', () => {
    const { save, find } = setUp();
    save();
    expect(find(new Map([...BLOBS, ['.gitlab/CODEOWNERS', 'ff']]))).toBeUndefined();
  });

  it.each(['', '{', '{"configured":true,'])('that was torn is no policy: %j', (text) => {
    const { files, save, names, find } = setUp();
    save();
    files.put(`${DIRECTORY}/${names()[0]}`, text);
    expect(find()).toBeUndefined();
  });

  it.each(['null', '{}', '[]', '"x"'])('of another shape is no policy: %s', (text) => {
    const { files, save, names, find } = setUp();
    save();
    files.put(`${DIRECTORY}/${names()[0]}`, text);
    expect(find()).toBeUndefined();
  });

  it('appears at once: no reader finds half of it', () => {
    const { files, save } = setUp();
    save();
    const written = files.calls.filter(({ name }) => name === 'create').map(({ path }) => path);
    expect(written).toEqual([expect.stringMatching(/^\/state\/cache\/\./)]);
  });

  it('takes the place of one that was torn', () => {
    const { files, save, names, find } = setUp();
    save();
    files.put(`${DIRECTORY}/${names()[0]}`, 'torn');
    save();
    expect([names().length, find()]).toEqual([1, POLICY]);
  });

  it('is one of the last few', () => {
    const { save, names, find } = setUp();
    const blobsOf = (index: number) => new Map([['leasehold.config.json', `c${index}`]]);
    for (let index = 0; index < 40; index += 1) save(blobsOf(index));
    expect([names().length, find(blobsOf(39))]).toEqual([17, POLICY]);
  });
});

describe('a policy for a few paths', () => {
  const OWNERS = `* @all
*.ts @types
/src/ @src
/src/*.md @docs
docs/ @writers
**/api/v1 @api
/é/ @accents
/src/gone.ts
`;
  const policy = policyOf({ owners: ownersOf(OWNERS) });
  const findFor = (paths: readonly string[]) => {
    const { files, save } = setUp();
    save(BLOBS, policy);
    return findPolicyFor(files, DIRECTORY, BLOBS, paths);
  };
  const tellOwners = (found: Policy | undefined, path: string) =>
    found?.owners ? createAskingMatcher(found.owners).find(path) : undefined;

  const name = fc.constantFrom('src', 'docs', 'api', 'v1', 'a.ts', 'a.md', 'é', 'gone.ts', 'x');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

  it('names the same owners by the same rules', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 5 }), (paths) => {
        const found = findFor(paths);
        expect(paths.map((asked) => tellOwners(found, asked))).toEqual(
          paths.map((asked) => tellOwners(policy, asked)),
        );
      }),
    );
  });

  it('has not the rules that are far from all of them', () => {
    const lines = (paths: readonly string[]) =>
      findFor(paths)?.owners?.sections.flatMap(({ rules }) => rules.map(({ line }) => line));
    expect([lines(['docs/a.md']), lines(['x/a.ts', 'src/b'])]).toEqual([
      [1, 5, 7],
      [1, 2, 3, 4, 7],
    ]);
  });

  it('reads CODEOWNERS only where it is asked for', () => {
    const { files, save } = setUp();
    save(BLOBS, policy);
    files.calls.length = 0;
    const found = findPolicyFor(files, DIRECTORY, BLOBS, ['docs/a.md']);
    const reads = () => files.calls.map(({ name }) => name);
    const before = [found?.configured, reads()];
    expect([...before, found?.owners?.path, reads()]).toEqual([
      true,
      ['readBytes'],
      'CODEOWNERS',
      ['readBytes', 'read'],
    ]);
  });

  it('is there where thousands are mapped to owners', () => {
    const owners = Array.from({ length: 3_000 }, (_, at) => `@org/team-${at}`);
    const { files, save } = setUp();
    save(BLOBS, { ...policy, identities: { ann: owners } });
    const found = findPolicyFor(files, DIRECTORY, BLOBS, ['docs/a.md']);
    expect([found?.identities, tellOwners(found, 'docs/a.md')?.owners]).toEqual([
      { ann: owners },
      ['@writers'],
    ]);
  });

  it.each<[string, (text: string) => string]>([
    ['is torn behind its beginning', (text) => text.slice(0, -10)],
    ['is another one by then', (text) => text.replace('"configured":true', '"configured":false')],
    ['has a line that is none', (text) => text.replace('[0,{', '[0,(')],
  ])('is not taken for one without CODEOWNERS where the cache %s', (_, spoil) => {
    const { files, save, names } = setUp();
    save(BLOBS, policy);
    const found = findPolicyFor(files, DIRECTORY, BLOBS, ['docs/a.md', 'a.ts', 'src/a.md']);
    const path = `${DIRECTORY}/${names()[0]}`;
    files.put(path, spoil(files.all()[path] ?? ''));
    expect(() => found?.owners).toThrow();
  });

  it.each(['', '{', 'null\n', '{"a":1}\n'])('is none where it begins so: %j', (text) => {
    const { files, save, names } = setUp();
    save(BLOBS, policy);
    files.put(`${DIRECTORY}/${names()[0]}`, text);
    expect(findPolicyFor(files, DIRECTORY, BLOBS, ['a'])).toBeUndefined();
  });
});
