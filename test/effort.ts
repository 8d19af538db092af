/**
 * How hard the properties are tried: 1 in the suite, which has half a minute for all of them, and more in
 * `npm run test:thorough`.
 */
const EFFORT = Number(process.env.TEST_EFFORT ?? 1);

/** How many cases a property gets, where `count` is enough for the suite; each run of it tries others. */
export const runs = (count: number): { numRuns: number } => ({
  numRuns: Math.ceil(count * EFFORT),
});

/** Of a list that a thorough run goes through whole, every fifth. */
export const sample = <Item>(list: readonly Item[]): Item[] =>
  list.filter((_, at) => EFFORT > 1 || at % 5 === 0);
