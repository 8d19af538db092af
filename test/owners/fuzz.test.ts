import { describe, expect, test } from 'vitest';
import {
  checkCase,
  FUZZ_FAMILIES,
  type FuzzCase,
  makeCase,
  shrinkCase,
  tellCase,
} from './fuzzer.ts';

// The same cases as those of `npm run fuzz:owners`, a fixed few of them: nothing is timed here.
const SEED = 1;
/** Of a text, in UTF-16 units. */
const MOST = 300_000;

/** Long files take the longest, and small patterns tell the most. */
const TURNS: Readonly<Record<string, number>> = {
  'long files': 10,
  'default owners': 8,
  'small patterns': 800,
  'odd patterns': 250,
  'grown patterns': 16,
  'mixed patterns': 16,
  'class patterns': 60,
  'deep patterns': 60,
  'many rules': 60,
};
const OTHERS = 40;

const run = (family: string) => {
  const done = { asked: 0, covered: 0 };
  for (let turn = 0; turn < (TURNS[family] ?? OTHERS); turn += 1) {
    const fuzzCase = makeCase(family, SEED, turn, MOST);
    const { failure, asked, covered } = checkCase(fuzzCase);
    const tell = () => `turn ${turn}, ${failure?.message}\n${tellCase(shrinkCase(fuzzCase))}`;
    expect(failure, failure ? tell() : '').toBeNull();
    done.asked += asked;
    done.covered += covered;
  }
  return done;
};

describe('a fixed few random cases', () => {
  test.each(FUZZ_FAMILIES)('%s: nothing is thrown, and all who answer agree', (family) => {
    const { asked, covered } = run(family);
    // Paths that nothing covers, or everything does, would tell nothing.
    expect(covered).toBeGreaterThan(asked / 20);
    expect(covered).toBeLessThan(asked);
  });

  test('the same seed and turn make the same case', () => {
    for (const family of FUZZ_FAMILIES) {
      expect(makeCase(family, SEED, 7, 5000)).toEqual(makeCase(family, SEED, 7, 5000));
      expect(makeCase(family, SEED, 7, 5000)).not.toEqual(makeCase(family, SEED, 8, 5000));
    }
  });
});

/** What fuzzing has found once. */
const FOUND: readonly (Pick<FuzzCase, 'check' | 'dialect' | 'text' | 'paths'> & {
  name: string;
})[] = [
  {
    name: 'more faults in an entry than a call takes arguments',
    check: 'file',
    dialect: 'gitlab',
    text: `a${' x'.repeat(150_000)}`,
    paths: [],
  },
  {
    name: 'more faults in a heading than a call takes arguments',
    check: 'file',
    dialect: 'gitlab',
    text: `[A]${' x'.repeat(150_000)}`,
    paths: [],
  },
  {
    name: 'many default owners for many entries',
    check: 'file',
    dialect: 'gitlab',
    text: `[A]${' @a'.repeat(30_000)}\n${'a\n'.repeat(30_000)}`,
    paths: [],
  },
  {
    name: 'a long run of stars beside a letter beyond ASCII',
    check: 'pattern',
    dialect: 'github',
    text: `${'*'.repeat(200_000)}é`,
    paths: ['é'],
  },
  {
    name: 'half a character before the end of a name',
    check: 'pattern',
    dialect: 'github',
    text: '*\udc80',
    paths: ['\u{1f480}'],
  },
];

test.each(FOUND)('$name', (found) => {
  expect(checkCase({ family: 'found', ...found }).failure).toBeNull();
});
