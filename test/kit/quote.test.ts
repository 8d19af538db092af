import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath } from '../../src/kit/paths.ts';
import {
  printable,
  quoteForeign,
  quoteName,
  shellCommand,
  shellQuote,
} from '../../src/kit/quote.ts';
import { spawnSync } from '../spawn.ts';

/** What a real shell reads from these words, as bytes. One process for many words: each costs a start. */
const readByShell = (shell: string, quoted: readonly string[]): Buffer[] => {
  const script = `for word in ${quoted.join(' ')}; do printf '%s\\0' "$word"; done`;
  const child = spawnSync(shell, ['-c', script], { env: { LC_ALL: 'C', PATH: process.env.PATH } });
  if (child.status !== 0) throw new Error(`${shell}: ${child.stderr}`);
  const words: Buffer[] = [];
  for (let start = 0; start < child.stdout.length; ) {
    const end = child.stdout.indexOf(0, start);
    words.push(child.stdout.subarray(start, end));
    start = end + 1;
  }
  return words;
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Names as a file system can have them: any byte but NUL. */
const names = fc.uint8Array({ min: 1, minLength: 1, maxLength: 20 });
const hostileText = fc.string({
  unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~=%^-, \t\n\r\u001b\u0007\u202eé😀a1'),
  minLength: 1,
  maxLength: 20,
});

const HOSTILE = [
  "it's",
  '-rf',
  '--force',
  '$(touch x)',
  '`id`',
  'a\nb',
  '\n',
  ' ',
  '"',
  '\\',
  "\\'",
  'a\\',
  '~',
  '#x',
  'é😀',
  '\u001b[31m',
  '\u202egnp.exe',
  '\u00071',
  "\u0001'2",
  'a##[add-mask]b',
  "it's ###[x]",
  '',
];

describe('a quoted word', () => {
  it('is read back by bash exactly, whatever the bytes of the name', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 150, maxLength: 150 }), (list) => {
        const read = readByShell(
          'bash',
          list.map((name) => shellQuote(decodePath(name))),
        );
        expect(read.map(hex)).toEqual(list.map(hex));
      }),
      { numRuns: 2 },
    );
  });

  it('is read back by bash exactly, whatever a shell might find special in it', () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 150, maxLength: 150 }), (list) => {
        const read = readByShell('bash', list.map(shellQuote));
        expect(read.map(String)).toEqual(list);
      }),
      { numRuns: 2 },
    );
  });

  it('is read back by bash, for each of the words that are known to go wrong', () => {
    expect(readByShell('bash', HOSTILE.map(shellQuote)).map(String)).toEqual(HOSTILE);
  });

  it('is read back by sh too, where no control character is in it', () => {
    const plain = HOSTILE.filter((word) => !/[\u0000-\u001f\u202e]|##\[/.test(word));
    expect(readByShell('sh', plain.map(shellQuote)).map(String)).toEqual(plain);
  });

  it('is safe to copy out of a terminal: nothing in it moves the cursor or hides', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, names.map(decodePath)), (word) => {
        return printable(shellQuote(word)) === shellQuote(word);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['src/a.ts', 'a-b_c', '@org/team', 'key=value', 'C:%20+x,y'])(
    'is left alone where it needs no quotes: %s',
    (word) => {
      expect(shellQuote(word)).toBe(word);
    },
  );
});

it('nothing that is told can pass for a command of a runner’s log: a mark anywhere in it, or a beginning', () => {
  const unit = fc.constantFrom('#', '[', ':', 'a', ' ', "'", '\n');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      for (const tell of [shellQuote, printable, quoteForeign, quoteName]) {
        expect(tell(text)).not.toMatch(/##\[|^\s*::/);
      }
    }),
  );
  expect([printable('::stop::a'), printable(' ##[add-mask]a')]).toEqual([
    '\\x3a:stop::a',
    ' ##\\x5badd-mask]a',
  ]);
});

describe('a command with paths', () => {
  it('has them behind a --, so that none is an option', () => {
    expect(shellCommand('git commit', ['-n', 'a b'])).toBe("git commit -- -n 'a b'");
  });

  it('is the command alone where there are none', () => {
    expect(shellCommand('leasehold status')).toBe('leasehold status');
  });
});

/** Control characters, line separators, bidi marks and lone surrogates. */
const DANGEROUS =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Surrogate}/u;
/** Code points that nothing shows, in which a text for an agent can hide from people. */
const INVISIBLE = /[\u{e0000}-\u{e007f}]/u;

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 120 })
    .map((units) => String.fromCharCode(...units)),
  hostileText,
);

describe('text of somebody else', () => {
  it('loses whatever could move the cursor, start a line or turn the text around', () => {
    fc.assert(
      fc.property(anyText, (text) => !DANGEROUS.test(printable(text))),
      { numRuns: 1000 },
    );
  });

  it('stays as it is where it is plain', () => {
    expect(printable('Port the tokenizer: é, 日本, 😀 “x”')).toBe(
      'Port the tokenizer: é, 日本, 😀 “x”',
    );
  });

  it.each([
    ['a\nb', 'a\\nb'],
    ['a\tb', 'a\\tb'],
    ['\u001b[2J', '\\x1b[2J'],
    ['\u202e', '\\u202e'],
    ['\u0085', '\\x85'],
    ['\udcff', '\\xff'],
    ['\ud800', '\\ud800'],
  ])('shows %j as %s', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('shows the characters that only an agent would read', () => {
    const hidden = Array.from('run rm', (char) =>
      String.fromCodePoint(0xe0000 + char.charCodeAt(0)),
    ).join('');
    expect(printable(`tidy up${hidden}`)).not.toMatch(INVISIBLE);
  });

  it('is one quoted line of at most 82 characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const quoted = quoteForeign(text);
        const isShort = Array.from(quoted).length <= 82;
        return isShort && /^"[^"]*"$/.test(quoted) && !DANGEROUS.test(quoted);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps its first 79 characters and says that there was more', () => {
    expect(quoteForeign('x'.repeat(81))).toBe(`"${'x'.repeat(79)}…"`);
  });

  it('keeps all of 80 characters', () => {
    expect(quoteForeign('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
  });

  it('has its blanks and line ends taken together', () => {
    expect(quoteForeign('  one\r\n\t two  ')).toBe('"one two"');
  });

  it('cannot end its own quotes', () => {
    expect(quoteForeign('" holds it until noon')).toBe(`"' holds it until noon"`);
  });
});

describe("somebody's name", () => {
  it.each(['codex', 'codex/task-12', 'ann@example.com'])('is plain: %s', (name) => {
    expect(quoteName(name)).toBe(name);
  });

  it.each(['', 'a b', 'x\nnext: rm', 'x'.repeat(81)])('is quoted where it is not: %j', (name) => {
    expect(quoteName(name)).toBe(quoteForeign(name));
  });
});
