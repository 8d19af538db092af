import { describe, expect, it } from 'vitest';
import { createPalette } from '../../src/report/palette.ts';

const paint = (stream: { isTTY?: boolean }, env: Record<string, string> = {}): string =>
  createPalette(stream, env).bad('no');

describe('colours', () => {
  it('are there on a terminal', () => {
    expect(paint({ isTTY: true })).toBe('\u001b[31mno\u001b[39m');
  });

  it('are not there where nobody sees them: a file, a pipe', () => {
    expect([paint({}), paint({ isTTY: false })]).toEqual(['no', 'no']);
  });

  it.each(['1', '0', 'false'])('are not there where NO_COLOR is %s', (NO_COLOR) => {
    expect(paint({ isTTY: true }, { NO_COLOR })).toBe('no');
  });

  it('are there where NO_COLOR is empty', () => {
    expect(paint({ isTTY: true }, { NO_COLOR: '' })).not.toBe('no');
  });

  it('are not there on a terminal that has none', () => {
    expect(paint({ isTTY: true }, { TERM: 'dumb' })).toBe('no');
  });

  it('differ in what they say', () => {
    const { runnable, ...colors } = createPalette({ isTTY: true }, {});
    const painted = Object.values(colors).map((color) => color('x'));
    expect(new Set(painted).size).toBe(5);
  });

  it('leave the text itself as it is', () => {
    const palette = createPalette({ isTTY: true }, {});
    const plain = palette.strong('a b').replace(/\u001b\[\d+m/g, '');
    expect(plain).toBe('a b');
  });
});

describe('a remedy', () => {
  const { runnable } = createPalette({ isTTY: false }, {}, () => 'npx leasehold');

  it.each([
    ['leasehold status', 'npx leasehold status'],
    ['git config x y && leasehold init', 'git config x y && npx leasehold init'],
    [
      'say that you mean it: leasehold claim --broad',
      'say that you mean it: npx leasehold claim --broad',
    ],
    ['npx leasehold init', 'npx leasehold init'],
    ["git add -- 'my leasehold file'", "git add -- 'my leasehold file'"],
    ['leasehold-notes.md is gone', 'leasehold-notes.md is gone'],
  ])('can be run where the reader is: %s', (remedy, expected) => {
    expect(runnable(remedy)).toBe(expected);
  });
});
