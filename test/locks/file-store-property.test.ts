import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Files } from '../../src/kit/files.ts';
import { systemFiles } from '../../src/kit/files.ts';
import { decideClaim } from '../../src/locks/claim.ts';
import { locateClone } from '../../src/locks/clone.ts';
import { createFileStore } from '../../src/locks/file-store.ts';
import type { Mode } from '../../src/locks/grant.ts';
import { type Ledger, listActive, type StoredGrant } from '../../src/locks/ledger.ts';
import { decideRelease } from '../../src/locks/release.ts';
import { decideRenew } from '../../src/locks/renew.ts';
import { createFakeClock, MINUTE, NOW } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { claimOn } from './build.ts';
import { createIds } from './store.ts';

/** What each scope covers, of all the paths that there are: told apart from the code under test. */
const COVERS: Record<string, readonly string[]> = {
  '.': ['a', 'b', 'z', 'a/x', 'a/y', 'a/z', 'b/x', 'b/z', 'a/x/z', 'a/y/z', 'b/x/z'],
  'a/': ['a', 'a/x', 'a/y', 'a/z', 'a/x/z', 'a/y/z'],
  'a/x': ['a/x', 'a/x/z'],
  'a/y': ['a/y', 'a/y/z'],
  b: ['b', 'b/x', 'b/z', 'b/x/z'],
  'glob:a/*': ['a/x', 'a/y', 'a/z'],
  'glob:*/x': ['a/x', 'b/x'],
  'glob:**/z': ['z', 'a/z', 'b/z', 'a/x/z', 'a/y/z', 'b/x/z'],
  'regex:^[ab]$': ['a', 'b'],
};
const HOLDERS = ['ann', 'bob', 'codex'];

type Wanted = { scope: string; mode: Mode };
type Step =
  | { do: 'claim'; holder: string; wanted: Wanted[]; ttl: number }
  | { do: 'renew'; holder: string; pick: number }
  | { do: 'release'; holder: string; pick: number; scope: string | undefined }
  | { do: 'wait'; time: number };

const holders = fc.constantFrom(...HOLDERS);
const scopes = fc.constantFrom(...Object.keys(COVERS));
const wanted = fc.record({
  scope: scopes,
  mode: fc.constantFrom<Mode>('read', 'write', 'doc-write'),
});
const times = fc.constantFrom(MINUTE, 2 * MINUTE, 5 * MINUTE);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      holder: holders,
      wanted: fc.array(wanted, { minLength: 1, maxLength: 2 }),
      ttl: times,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('renew' as const), holder: holders, pick: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      holder: holders,
      pick: fc.nat(5),
      scope: fc.option(scopes, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), time: times }) },
);

/** Path by path, and by nothing else: do two holders want something that does not go together? */
const clash = (a: readonly Wanted[], b: readonly Wanted[]): boolean =>
  a.some((x) =>
    b.some(
      (y) =>
        (x.mode !== 'read' || y.mode !== 'read') &&
        COVERS[x.scope]?.some((path) => COVERS[y.scope]?.includes(path)),
    ),
  );

const othersOf = (ledger: Ledger, holder: string): StoredGrant[] =>
  listActive(ledger).filter((grant) => grant.holder !== holder);

const isSafe = (ledger: Ledger): boolean =>
  listActive(ledger).every((grant) =>
    othersOf(ledger, grant.holder).every((other) => !clash(grant.claims, other.claims)),
  );

/** Everything that lies below a directory, but for the log. */
const snapshot = (directory: string): Record<string, string> => {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile() && entry.name !== 'log.jsonl')
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );
};

/** Runs the steps one after the other, and says of each what was not so. */
const run = async (
  world: { files: Files; commonDir: string; look: () => Record<string, string> },
  list: readonly Step[],
): Promise<string[]> => {
  const clock = createFakeClock(NOW);
  const clone = locateClone(world.commonDir, {
    version: 1,
    store: 'file',
    locks: null,
    ignoreCase: false,
  });
  world.files.makeDirectory(join(world.commonDir, 'leasehold'));
  const [createId, uniqueName] = [createIds('g'), createIds('u')];
  const store = createFileStore({ files: world.files, clock, random: () => 0, uniqueName }, clone);
  const faults: string[] = [];
  let highestToken = 0;

  const claim = async (step: Step & { do: 'claim' }, before: Ledger): Promise<void> => {
    const claims = step.wanted.map(({ scope, mode }) => claimOn(scope, mode));
    const files = world.look();
    const request = { holder: step.holder, claims, ttl: step.ttl, id: createId(), about: {} };
    const { outcome, entered } = await store.change(decideClaim(request));
    const isInTheWay = othersOf(before, step.holder).some((grant) =>
      clash(grant.claims, step.wanted),
    );
    if (outcome.granted === isInTheWay) faults.push('granted or denied against the paths');
    const isSame = JSON.stringify(world.look()) === JSON.stringify(files);
    if (!outcome.granted && !isSame) faults.push('a denied claim changed the directory');
    if (outcome.granted && (entered?.expiresAt ?? 0) < clock.now() + step.ttl) {
      faults.push('granted for less than was asked');
    }
    if (entered && (entered.token ?? 0) <= highestToken) faults.push('a token did not grow');
    highestToken = Math.max(highestToken, entered?.token ?? 0);
  };

  const pickOwn = (before: Ledger, step: { holder: string; pick: number }) => {
    const own = before.grants.filter((grant) => grant.holder === step.holder);
    return own[step.pick % Math.max(1, own.length)];
  };

  const renew = async (step: Step & { do: 'renew' }, before: Ledger): Promise<void> => {
    const grant = pickOwn(before, step);
    if (!grant) return;
    const { outcome, entered } = await store.change(decideRenew(grant.id, step.holder, MINUTE));
    const isActive = grant.expiresAt > clock.now();
    if (outcome.renewed !== isActive) faults.push('renewed or refused against the expiry');
    highestToken = Math.max(highestToken, entered?.token ?? 0);
  };

  const release = async (step: Step & { do: 'release' }, before: Ledger): Promise<void> => {
    const grant = pickOwn(before, step);
    if (!grant) return;
    const part = step.scope === undefined ? undefined : [claimOn(step.scope)];
    const { outcome } = await store.change(decideRelease(grant.id, step.holder, part));
    const { grants, superseded } = await store.read();
    const left = grants.find(({ id }) => id === grant.id);
    const expected = { all: 0, part: 1, none: 1 }[outcome.released];
    if ((left ? 1 : 0) !== expected) faults.push(`released ${outcome.released}, and it is not so`);
    if (!left && superseded.some(({ id }) => id === grant.id)) faults.push('a revision was left');
  };

  for (const step of list) {
    const before = await store.read();
    if (step.do === 'wait') clock.advance(step.time);
    if (step.do === 'claim') await claim(step, before);
    if (step.do === 'renew') await renew(step, before);
    if (step.do === 'release') await release(step, before);
    if (!isSafe(await store.read())) faults.push('two holders hold what does not go together');
  }
  return faults;
};

const onDisk = async (list: readonly Step[]): Promise<string[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-store-'));
  try {
    const look = () => snapshot(directory);
    return await run({ files: systemFiles, commonDir: directory, look }, list);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const inMemory = (list: readonly Step[]): Promise<string[]> => {
  const files = createMemoryFiles(createFakeClock());
  const look = () => {
    const { '/repo/leasehold/log.jsonl': _, ...others } = files.all();
    return others;
  };
  return run({ files, commonDir: '/repo', look }, list);
};

describe('whatever three holders do, one after the other', () => {
  it('no two of them ever hold what does not go together, and nothing is reported that is not so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), async (list) => {
        expect(await inMemory(list)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('the same is so on a real disk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 20 }), async (list) => {
        expect(await onDisk(list)).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });
});
