import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderConflicts, renderDenial } from '../../src/cli/conflict-text.ts';
import type { Conflict, Denial } from '../../src/locks/index.ts';
import { NOW } from '../kit/fake-clock.ts';
import { claimOn, grantOf, waiterOf } from '../locks/build.ts';
import { PLAIN } from '../report/judgement.ts';

const conflictOn = (scope: string, holder = 'codex'): Conflict => {
  const grant = grantOf({ holder, about: { task: `of ${holder}` } });
  return { claim: claimOn(scope), grant, heldClaim: grant.claims[0] ?? claimOn('src/') };
};

const denialOf = (conflicts: Conflict[], fields: Partial<Denial> = {}): Denial => ({
  granted: false,
  waiting: false,
  conflicts,
  ahead: [],
  ...fields,
});

const linesOf = (denial: Denial): string[] => renderDenial(denial, NOW, PLAIN).split('\n');
const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

describe('a denied claim', () => {
  it('tells of five hundred scopes that one grant is in the way of in two lines', () => {
    const lines = linesOf(denialOf(many(500, (at) => conflictOn(`src/${at}.ts`))));
    expect(lines).toHaveLength(9);
    expect(lines[1]).toMatch(/^ {2}src\/0\.ts src\/1\.ts .* and \d+ more$/);
    expect(lines[2]).toMatch(/^ {4}codex holds src\/ until .*, task "of codex"$/);
  });

  it('tells of the first two of many holders, and counts the others', () => {
    const lines = linesOf(denialOf(many(9, (at) => conflictOn('src/a.ts', `holder-${at}`))));
    expect(lines).toHaveLength(12);
    expect(lines[5]).toBe('  and 7 more in the way: leasehold conflicts tells of each');
    expect(lines.join()).toContain('holder-4 and 4 more to release');
  });

  it('is told in full by `conflicts`', () => {
    const conflicts = many(9, (at) => conflictOn('src/a.ts', `holder-${at}`));
    const text = renderConflicts(denialOf(conflicts), NOW, PLAIN);
    expect(text.match(/holds src\//g)).toHaveLength(9);
  });

  it('quotes what others wrote: a scope, a worktree, a name', () => {
    const held = grantOf({
      holder: 'a b',
      claims: [claimOn(`src/\n ${'x'.repeat(200)}`)],
      about: { worktree: '/tmp/\u001b[2J' },
    });
    const [heldClaim = claimOn('x')] = held.claims;
    const [, , who] = linesOf(denialOf([{ claim: claimOn('src/'), grant: held, heldClaim }]));
    expect(who).toMatch(/^ {4}"a b" holds "src\/ x{74}…" until .*, in "\/tmp\/\\x1b\[2J"$/);
  });

  it('takes at most twelve lines, whoever is in the way', () => {
    const scopes = fc.constantFrom('src/a.ts', 'src/b.ts', 'lib/');
    const holders = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const conflicts = fc.array(fc.tuple(scopes, holders), { maxLength: 40 });
    const rest = fc.tuple(fc.nat(9), fc.boolean());
    fc.assert(
      fc.property(conflicts, rest, (found, [waiting, isCircle]) => {
        const ahead = many(waiting, (at) => waiterOf({ holder: `w${at}`, id: `t${at}` }));
        const cycle = isCircle ? { cycle: ['a', 'b', 'a'] } : {};
        const denial = denialOf(
          found.map(([scope, holder]) => conflictOn(scope, holder)),
          { ahead, ...cycle },
        );
        return linesOf(denial).length <= 12;
      }),
    );
  });
});
