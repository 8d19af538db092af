import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopeCovers, scopesOverlap } from '../../src/locks/scope.ts';
import { containsScope } from '../../src/locks/scope-extent.ts';
import { runs } from '../effort.ts';
import { createFakeClock, NOW } from '../kit/fake-clock.ts';
import { claimOn } from './build.ts';
import { COMMANDS, type Real } from './ledger-commands.ts';
import { createMemoryPlace } from './memory-store.ts';
import {
  createModel,
  isInside,
  type Model,
  meets,
  pathsOf,
  SCOPES,
  UNIVERSE,
} from './naive-model.ts';

const PAIRS = SCOPES.flatMap((a) => SCOPES.map((b): [string, string] => [a, b]));

/** The model tells by a few paths what the code tells by automata: these must be enough paths for that. */
describe('the universe of the model', () => {
  it.each(SCOPES)('has the paths that %s covers', (scope) => {
    const { compiled } = claimOn(scope);
    expect(pathsOf(scope)).toEqual(UNIVERSE.filter((path) => scopeCovers(compiled, path)));
  });

  it('has a path in common for every two scopes that overlap, and none for others', () => {
    const wrong = PAIRS.filter(
      ([a, b]) => meets(a, b) !== scopesOverlap(claimOn(a).compiled, claimOn(b).compiled),
    );
    expect(wrong).toEqual([]);
  });

  it('has a path outside for every scope that does not contain another', () => {
    const wrong = PAIRS.filter(
      ([a, b]) => isInside(b, a) !== containsScope(claimOn(a).compiled, claimOn(b).compiled),
    );
    expect(wrong).toEqual([]);
  });
});

describe('whatever three holders do', () => {
  const start = (): { model: Model; real: Real } => {
    const clock = createFakeClock();
    const store = createMemoryPlace(clock).open();
    return { model: createModel(NOW), real: { store, clock, seen: new Map(), token: 0 } };
  };

  it('the ledger answers as a list does that is gone through path by path, and nobody gets into another’s way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 30, size: 'medium' }), (commands) =>
        fc.asyncModelRun(start, commands),
      ),
      runs(300),
    );
  }, 120_000);
});
