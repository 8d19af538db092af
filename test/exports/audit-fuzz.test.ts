import { describe, expect, it } from 'vitest';
import { checkCase, FUZZ_FAMILIES, makeCase, tellCase } from './fuzzer.ts';

// For as long as one likes: npm run fuzz:exports.
describe('the audit of whatever is there', () => {
  it.each(FUZZ_FAMILIES)('comes to its end, and is kept as it is: %s', (family) => {
    // Those of very many items take their time.
    const turns = /many|excused/.test(family) ? 2 : 25;
    for (let turn = 0; turn < turns; turn += 1) {
      const fuzzCase = makeCase(family, 20, turn);
      const { failure } = checkCase(fuzzCase);
      expect(failure && `${failure}\n${tellCase(fuzzCase)}`).toBeUndefined();
    }
  });
});
