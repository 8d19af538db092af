import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRepo, type Repo } from '../make-repo.ts';

/** Files unlike each other, so that git takes none for another's rename. */
const FILES = ['lib/a.ts', 'lib/b.ts', 'src/c.ts', 'd.ts'];
const textOf = (path: string): string =>
  Array.from({ length: 12 }, (_, line) => `${path} line ${line} of it\n`).join('');

type Step =
  | { kind: 'edit'; path: string; line: number }
  | { kind: 'delete'; path: string }
  | { kind: 'move'; path: string; to: string }
  | { kind: 'add'; path: string };

const path = fc.constantFrom(...FILES);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), path, line: fc.nat(11) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), path }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      path,
      to: fc.constantFrom('kit/a.ts', 'kit/b.ts', 'moved.ts', 'src'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      path: fc.constantFrom('lib/new.ts', 'src/new.ts', 'kit', 'd.ts/x', 'new.ts'),
    }),
  },
);

/** What one holder does, and whether it is committed. */
type Work = { steps: Step[]; isCommitted: boolean };
const work: fc.Arbitrary<Work> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  isCommitted: fc.boolean(),
});

const CHANGES: {
  [K in Step['kind']]: (tree: Repo, name: string, one: Step & { kind: K }) => void;
} = {
  delete: (tree, _, { path }) => rmSync(tree.path(path), { force: true }),
  add: (tree, name, { path }) => tree.write(path, `${name}\n`),
  edit: (tree, name, { path, line }) =>
    tree.write(path, tree.read(path).replace(`line ${line} `, `line ${name} `)),
  move: (tree, _, { path, to }) => {
    tree.write(to, tree.read(path));
    rmSync(tree.path(path));
  },
};

const take = (tree: Repo, name: string, one: Step): void => {
  try {
    (CHANGES[one.kind] as (tree: Repo, name: string, one: Step) => void)(tree, name, one);
  } catch {
    // A step that the tree as it is does not allow: a directory where a file would be.
  }
};

const commitAll = (tree: Repo): void => {
  tree.git('add', '--all');
  tree.git('commit', '--quiet', '--allow-empty', '--no-verify', '--message', 'work');
};

/** Whether branches land one after the other, as people would do it. */
const canLand = (repo: Repo, ...names: string[]): boolean => {
  const place = join(repo.root, 'landing');
  repo.git('worktree', 'add', '--quiet', '--detach', place, 'main');
  const merges = names.map(
    (name) => repo.tryGit(['-C', place, 'merge', '--quiet', '--no-edit', name]).code === 0,
  );
  repo.git('worktree', 'remove', '--force', place);
  return merges.every(Boolean);
};

const NAMES = ['codex', 'claude', 'gem'] as const;
const PAIRS = [
  ['claude', 'codex'],
  ['codex', 'gem'],
  ['claude', 'gem'],
] as const;

const doWork = (tree: Repo, name: string, { steps, isCommitted }: Work): Repo => {
  for (const one of steps) take(tree, name, one);
  if (isCommitted) commitAll(tree);
  return tree;
};

/** Three at work, the last of them on top of the first or not; the base may have moved on meanwhile. */
const makeCase = (works: readonly [Work, Work, Work], isStacked: boolean, moved: Step | null) => {
  const repo = makeRepo();
  repo.commitQuietly(Object.fromEntries(FILES.map((name) => [name, textOf(name)])));
  const codex = doWork(repo.addWorktree('codex'), 'codex', works[0]);
  const claude = doWork(repo.addWorktree('claude'), 'claude', works[1]);
  const gem = doWork((isStacked ? codex : repo).addWorktree('gem'), 'gem', works[2]);
  if (moved) {
    take(repo, 'main', moved);
    commitAll(repo);
  }
  return { repo, trees: [codex, claude, gem] };
};

const listTold = (repo: Repo): string[] => {
  const { body } = repo.json(['radar']);
  expect(body.failed).toEqual([]);
  return body.pairs
    .filter(({ outcome }: { outcome: string }) => outcome === 'conflict')
    .map(({ parties }: { parties: string[] }) => [...parties].sort().join(' × '));
};

test('says of each pair what git says once all is committed and merged for real', () => {
  let conflicts = 0;
  fc.assert(
    fc.property(
      fc.tuple(work, work, work),
      fc.boolean(),
      fc.option(step),
      (works, isStacked, moved) => {
        const { repo, trees } = makeCase(works, isStacked, moved);
        const told = listTold(repo);
        for (const tree of trees) commitAll(tree);
        // Who meets the base is told apart, and has to settle that first.
        const landing = new Set<string>(NAMES.filter((name) => canLand(repo, name)));
        const pairs = PAIRS.filter((pair) => pair.every((name) => landing.has(name)));
        const real = pairs
          .filter((pair) => !canLand(repo, ...pair))
          .map((pair) => pair.join(' × '));
        const names = new Set(pairs.map((pair) => pair.join(' × ')));
        conflicts += real.length;
        expect(told.filter((pair) => names.has(pair)).sort()).toEqual(real.sort());
      },
    ),
    { numRuns: Number(process.env.RADAR_RUNS ?? 5), seed: Number(process.env.RADAR_SEED ?? 3) },
  );
  expect(conflicts).toBeGreaterThan(2);
}, 600_000);
