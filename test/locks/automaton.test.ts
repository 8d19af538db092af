import { describe, expect, it } from 'vitest';
import { type Automaton, buildAutomaton } from '../../src/locks/automaton.ts';
import { automataIntersect, automatonContains } from '../../src/locks/automaton-overlap.ts';
import { matchesBelow, matchesWhole } from '../../src/locks/automaton-walk.ts';
import { charsOf, concat, literalOf, repeat, type Term, union } from '../../src/locks/term.ts';

const build = (term: Term): Automaton => {
  const compiled = buildAutomaton(term);
  if ('refused' in compiled) throw new Error(compiled.refused);
  return compiled.automaton;
};

const text = (value: string) => literalOf(value, false);
const any = charsOf([], false, true);
const stars = (count: number, end: string) =>
  build(
    concat([...Array.from({ length: count }, () => concat([repeat(any), text('a')])), text(end)]),
  );

/** The same automaton, and how often a run looked at a state's transitions or at its code points. */
const counted = (automaton: Automaton) => {
  const count = { steps: 0 };
  const watch = <T>(list: T[]): T[] =>
    new Proxy(list, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) count.steps += 1;
        return Reflect.get(target, key);
      },
    });
  return {
    count,
    automaton: { ...automaton, enter: watch(automaton.enter), next: watch(automaton.next) },
  };
};

describe('an automaton', () => {
  it('survives JSON', () => {
    const automaton = build(union([text('né'), repeat(charsOf([[97, 122]], false), 2, 3)]));
    const revived: Automaton = JSON.parse(JSON.stringify(automaton));
    expect(revived).toEqual(automaton);
    expect(['né', 'ab', 'abc', 'n', 'abcd'].map((path) => matchesWhole(revived, path))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('counts code points, not UTF-16 units', () => {
    expect(matchesWhole(build(any), '😀')).toBe(true);
    expect(matchesWhole(build(repeat(any, 2, 2)), '😀')).toBe(false);
  });

  it('takes a byte that is not UTF-8, a lone surrogate, for one code point', () => {
    expect(matchesWhole(build(concat([text('a'), any, text('b')])), 'a\udcffb')).toBe(true);
  });

  it('matches nothing with an empty union', () => {
    expect(matchesWhole(build(union([])), '')).toBe(false);
    expect(matchesBelow(build(union([])), '')).toBe(false);
  });

  it.each([
    [0, 0, [0]],
    [0, 2, [0, 1, 2]],
    [2, 2, [2]],
    [2, 4, [2, 3, 4]],
    [1, Number.POSITIVE_INFINITY, [1, 2, 3, 4, 5]],
    [3, Number.POSITIVE_INFINITY, [3, 4, 5]],
  ])('repeats a term from %d to %d times', (min, max, lengths) => {
    const automaton = build(repeat(text('a'), min, max));
    const matched = [0, 1, 2, 3, 4, 5].filter((length) =>
      matchesWhole(automaton, 'a'.repeat(length)),
    );
    expect(matched).toEqual(lengths);
  });

  it('repeats a term that may be empty any smaller number of times', () => {
    const automaton = build(repeat(repeat(text('a'), 0, 1), 3, 3));
    const matched = [0, 1, 2, 3, 4].filter((length) => matchesWhole(automaton, 'a'.repeat(length)));
    expect(matched).toEqual([0, 1, 2, 3]);
  });
});

describe('the size of an automaton', () => {
  const many = (term: Term) => repeat(term, 1000, 1000);

  it('is refused before it is built', () => {
    expect(buildAutomaton(many(many(text('a'))))).toEqual({
      refused: expect.stringMatching(/too large/),
    });
  });

  it('is refused where only nothing is repeated, many times many times', () => {
    expect(buildAutomaton(many(many(many(text('')))))).toHaveProperty('refused');
  });

  it('is refused where few states have too many transitions', () => {
    const letters = union(Array.from({ length: 200 }, () => text('ab')));
    expect(buildAutomaton(repeat(letters))).toHaveProperty('refused');
  });

  it('grows with the number of optional copies, not with its square', () => {
    const automaton = build(repeat(text('a'), 0, 1000));
    expect(automaton.next.flat().length).toBeLessThan(1100);
    const optional = build(many(repeat(text('a'), 0, 1)));
    expect(optional.next.flat().length).toBeLessThan(1100);
  });
});

describe('the cost of a match', () => {
  it('is at most two looks at each state for each letter: eight stars against sixty letters', () => {
    const { automaton, count } = counted(stars(8, 'b'));
    expect(matchesWhole(automaton, 'a'.repeat(60))).toBe(false);
    expect(count.steps).toBeLessThanOrEqual(61 * automaton.next.length * 2);
  });

  it('is linear where a backtracking engine is exponential: (a*)*b', () => {
    const { automaton, count } = counted(build(concat([repeat(repeat(text('a'))), text('b')])));
    expect(matchesWhole(automaton, 'a'.repeat(10_000))).toBe(false);
    expect(count.steps).toBeLessThan(80_000);
  });

  it('ends with the first letter that leads nowhere', () => {
    const { automaton, count } = counted(build(text('src/a.ts')));
    expect(matchesWhole(automaton, `x${'a'.repeat(10_000)}`)).toBe(false);
    expect(count.steps).toBeLessThan(5);
  });
});

describe('matching below a path', () => {
  const automaton = build(text('a/b/c'));

  it.each([
    ['', true],
    ['a', true],
    ['a/b', true],
    ['a/b/c', true],
    ['a/b/c/d', false],
    ['a/bb', false],
    ['b', false],
  ])('of a/b/c, below "%s": %s', (path, expected) => {
    expect(matchesBelow(automaton, path)).toBe(expected);
  });

  it('does not take a slash at the end for something below', () => {
    expect(matchesBelow(build(text('a/')), 'a')).toBe(false);
  });
});

describe('the intersection', () => {
  it('is found where only one long text is in both', () => {
    const sevens = build(repeat(text('aaaaaaa')));
    const elevens = build(repeat(text('aaaaaaaaaaa')));
    expect(automataIntersect(sevens, elevens)).toBe(true);
  });

  it('is empty where lengths never agree', () => {
    const even = build(repeat(text('aa')));
    const odd = build(concat([text('a'), repeat(text('aa'))]));
    expect(automataIntersect(even, odd)).toBe(false);
  });

  it('does not count the empty text, which is no path', () => {
    expect(automataIntersect(build(repeat(text('a'))), build(repeat(text('b'))))).toBe(false);
  });

  it('is assumed beyond the limit', () => {
    const even = build(repeat(text('aa')));
    const odd = build(concat([text('a'), repeat(text('aa'))]));
    expect(automataIntersect(even, odd, 1)).toBe(true);
  });
});

describe('containment', () => {
  const all = build(repeat(any));
  const lower = build(repeat(charsOf([[97, 122]], false), 1));

  it('holds for a part, and not for the whole', () => {
    expect(automatonContains(all, lower)).toBe(true);
    expect(automatonContains(lower, all)).toBe(false);
  });

  it('holds across a union that only together has it all', () => {
    const halves = build(
      repeat(union([charsOf([[97, 109]], false), charsOf([[110, 122]], false)])),
    );
    expect(automatonContains(halves, lower)).toBe(true);
  });

  it('asks about paths only: not about empty segments, nor a slash at either end', () => {
    const paths = build(concat([text('a'), repeat(concat([text('/'), text('a')]))]));
    const loose = build(repeat(union([text('a/'), text('a')]), 1));
    expect(automatonContains(paths, build(concat([text('a'), repeat(text('/'))])))).toBe(true);
    expect(automatonContains(paths, loose)).toBe(false);
  });

  it('is denied beyond the limit', () => {
    expect(automatonContains(all, lower, 0)).toBe(false);
  });
});
