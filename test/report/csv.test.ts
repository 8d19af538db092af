import { expect, it } from 'vitest';
import { toCsv } from '../../src/report/csv.ts';

it('has the header first, and a line a row', () => {
  expect(
    toCsv(
      ['path', 'line'],
      [
        ['a', 1],
        ['b', ''],
      ],
    ),
  ).toBe('path,line\r\na,1\r\nb,\r');
});

it('quotes what could end a cell early, and doubles the quotes in it', () => {
  expect(toCsv(['x'], [['a,b'], ['say "x"'], ['plain']])).toBe(
    'x\r\n"a,b"\r\n"say ""x"""\r\nplain\r',
  );
});

it('writes control characters, line ends and bytes that are not UTF-8 as escapes', () => {
  expect(toCsv(['x'], [['a\nb\r'], ['\u001b[31m'], ['\udc80']])).toBe(
    'x\r\na\\nb\\x0d\r\n\\x1b[31m\r\n\\x80\r',
  );
});

it('writes what a runner’s log would take for a command as an escape', () => {
  expect(toCsv(['x'], [['::stop-commands::a'], [' ::debug::b'], ['a##[group]b'], ['a::b']])).toBe(
    'x\r\n\\x3a:stop-commands::a\r\n \\x3a:debug::b\r\na##\\x5bgroup]b\r\na::b\r',
  );
});
