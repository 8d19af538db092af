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
    const palette = createPalette({ isTTY: true }, {});
    const painted = Object.values(palette).map((color) => color('x'));
    expect(new Set(painted).size).toBe(5);
  });

  it('leave the text itself as it is', () => {
    const palette = createPalette({ isTTY: true }, {});
    const plain = palette.strong('a b').replace(/\u001b\[\d+m/g, '');
    expect(plain).toBe('a b');
  });
});
