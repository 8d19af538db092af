import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBeginning, isEmptyMessage, removeTrailers } from '../../src/guard/message.ts';
import {
  bypassTrailer,
  findTrailerBlock,
  grantTrailer,
  readTrailers,
} from '../../src/guard/trailers.ts';
import { runs } from '../effort.ts';
import { spawnSync } from '../spawn.ts';

const ID = '5f0c2c5e-7c39-4d3b-9a53-0c8f0f6a9d10';

/** git outside of any repository, with no settings of anybody's. */
const git = (args: string[], input: string): string => {
  const env = {
    ...process.env,
    LC_ALL: 'C.UTF-8',
    GIT_DIR: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const child = spawnSync('git', args, { input, env, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return child.stdout;
};

/** Messages one behind the other, cleaned up by one git each; few of them, for each is a process. */
const RUNS = runs(50);

const LINES = [
  'subject',
  'some prose: with a colon',
  'Fixes: 12',
  'Signed-off-by: Ben <ben@example.com>',
  '(cherry picked from commit 0123456789012345678901234567890123456789)',
  `Lock-Grant: ${ID}#1`,
  `lock-grant:${ID}#2`,
  `LOCK-GRANT : ${ID}#3\r`,
  'Lock-Grant: mine',
  'Lock-Bypass: the build is red',
  `    Lock-Grant: ${ID}#4`,
  ' goes on',
  '# a heading',
  '#12',
  '; other',
  '',
  '',
  '',
  ' \t',
  '\u00a0',
  '\f',
  '---',
  'diff --git a/x b/x',
  '# ------------------------ >8 ------------------------',
  'é 😀',
];
const message = fc
  .array(fc.constantFrom(...LINES), { maxLength: 14 })
  .map((lines) => `${lines.join('\n')}\n`);

const isOurs = (line: string): boolean => /^lock-(grant|bypass)\s*:/i.test(line);

describe('the trailers of a commit', () => {
  it('are the grants that it names, and the reason of a bypass', () => {
    const text = `work\n\nbody\n\nFixes: 1\nLock-Grant: ${ID}#12\nlock-bypass:  red \n`;
    expect(readTrailers(text)).toEqual({
      grants: [{ id: ID, token: 12 }],
      malformed: [],
      bypass: 'red',
    });
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['no token', ID],
    ['an empty token', `${ID}#`],
    ['a negative token', `${ID}#-1`],
    ['a broken token', `${ID}#1.5`],
    ['more digits than a number holds', `${ID}#1234567890123456`],
    ['another sign', `${ID}@1`],
    ['a path', '../../x#1'],
    ['a name too long', `${'a'.repeat(65)}#1`],
    ['two names', `${ID}#1, ${ID}#2`],
    ['a line separator', `${ID}#1\u2028x`],
  ])('name no grant with %s', (_, value) => {
    const { grants, malformed } = readTrailers(`work\n\nLock-Grant: ${value}\n`);
    expect(grants).toEqual([]);
    expect(malformed).toEqual([value.trim()]);
  });

  it.each([
    ['above other paragraphs', `work\n\nLock-Grant: ${ID}#1\n\nbody\n`],
    ['in what a squash quotes', `work\n\n    Lock-Grant: ${ID}#1\n`],
    ['within a line', `work\n\nsee Lock-Grant: ${ID}#1\n`],
  ])('are none %s', (_, text) => {
    expect(readTrailers(text).grants).toEqual([]);
  });

  it.each([
    ['git’s comments', '# Please enter\n#\n# On branch main\n'],
    ['several of them', '# one\n\n# two\n'],
    ['another character’s', '; one\n; two\n'],
    ['blank lines', '\n \t\n\n'],
    ['carriage returns', '\r\n\r\n'],
  ])('stand above %s', (_, below) => {
    expect(readTrailers(`work\n\nLock-Grant: ${ID}#1\n\n${below}`).grants).toHaveLength(1);
  });

  it('are read as they are written', () => {
    const grant = { id: ID, token: 7 };
    const text = `work\n\n${grantTrailer(grant)}\n${bypassTrailer('red: é')}\n`;
    expect(readTrailers(text)).toEqual({ grants: [grant], malformed: [], bypass: 'red: é' });
  });

  it('are what git reads of a message that git has stamped', () => {
    fc.assert(
      fc.property(message, (text) => {
        const bare = removeTrailers(text, { comment: undefined });
        fc.pre(!isEmptyMessage(bare, undefined, { comment: undefined }));
        const add = ['interpret-trailers', '--no-divider', '--if-exists=add'];
        const words = ['--trailer', grantTrailer({ id: ID, token: 99 })];
        const comment = ['-c', 'core.commentChar=\u0001'];
        const from = findBeginning(bare, { comment: undefined });
        const stamped = git([...comment, ...add, ...words], bare.slice(from));
        const cleaned = git(['stripspace'], stamped);
        expect(readTrailers(cleaned)).toMatchObject({
          grants: [{ id: ID, token: 99 }],
          malformed: [],
        });
        const parsed = git([...comment, 'interpret-trailers', '--parse', '--no-divider'], cleaned);
        expect(parsed.split('\n').filter(isOurs)).toEqual([`Lock-Grant: ${ID}#99`]);
      }),
      RUNS,
    );
  });
});

describe('where the trailers stand', () => {
  it('is a paragraph, or nowhere, in any message', () => {
    fc.assert(
      fc.property(message, (text) => {
        const lines = text.split('\n');
        const [start, end] = findTrailerBlock(lines);
        expect(lines.slice(start, end).some((line) => /^[ \t\r]*$/.test(line))).toBe(false);
        expect(start === end ? '' : (lines[start - 1] ?? '').trim()).toBe('');
      }),
    );
  });
});

describe('a message whose trailers are taken out', () => {
  it.each([
    ['as git leaves it without an editor', undefined, ['stripspace']],
    ['as git leaves it with one', '#', ['stripspace', '--strip-comments']],
  ])('has none that counts, %s', (_, comment, clean) => {
    fc.assert(
      fc.property(message, (text) => {
        const rule = { comment };
        const cut = comment === undefined ? text : (text.split(/^# -{24} >8 -{24}$/m)[0] ?? '');
        fc.pre(comment === undefined || cut === text);
        const cleaned = git(clean, removeTrailers(text, rule));
        expect(readTrailers(cleaned)).toEqual({ grants: [], malformed: [], bypass: undefined });
      }),
      RUNS,
    );
  });

  it('is the same where it has none, and where it is done twice', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(undefined, '#', ';'), (text, comment) => {
        const once = removeTrailers(text, { comment });
        expect(removeTrailers(once, { comment })).toBe(once);
        if (!text.split('\n').some(isOurs)) expect(once).toBe(text);
      }),
    );
  });

  it('keeps every other line in its order', () => {
    const plain = (text: string): string[] =>
      text.split('\n').filter((line) => !isOurs(line) && !/^ +\S/.test(line));
    fc.assert(
      fc.property(message, (text) => {
        expect(plain(removeTrailers(text, { comment: undefined }))).toEqual(plain(text));
      }),
    );
  });

  it('keeps what stands below the scissors, whatever it says', () => {
    const below = `# ------------------------ >8 ------------------------\n+Lock-Grant: x\nLock-Grant: ${ID}#1\n`;
    expect(removeTrailers(`work\n\nLock-Grant: a#1\n${below}`, { comment: '#' })).toBe(
      `work\n\n${below}`,
    );
  });

  it('loses the trailers that a squash has in its middle, and what goes on from them', () => {
    const text = `one\n\nFixes: 1\nLock-Grant: ${ID}#1\n on\n\ntwo\n\nLock-Grant: ${ID}#1\n`;
    expect(removeTrailers(text, { comment: undefined })).toBe('one\n\nFixes: 1\n\ntwo\n\n');
  });

  it('keeps prose that has such a line in it, where it is not the end', () => {
    const text = `one\n\nAs in\nLock-Grant: ${ID}#1\n\ntwo\n`;
    expect(removeTrailers(text, { comment: undefined })).toBe(text);
  });

  it('costs no more than its length, however it is made', () => {
    const text = `work\n\n${`#\nLock-Grant: ${ID}#1\n\n`.repeat(20_000)}`;
    expect(readTrailers(removeTrailers(text, { comment: undefined })).grants).toEqual([]);
  });
});

describe('where a message begins', () => {
  it.each([
    ['fix: it\n', undefined, 'fix: it\n'],
    ['\n \t\r\nfix: it\n', undefined, 'fix: it\n'],
    ['\n# a\nfix: it\n', '#', 'fix: it\n'],
    ['\n# a\nfix: it\n', undefined, '# a\nfix: it\n'],
    ['\n\n', undefined, '\n\n'],
    ['', undefined, ''],
  ])('is its first word: %j', (text, comment, rest) => {
    expect(text.slice(findBeginning(text, { comment }))).toBe(rest);
  });
});

describe('an empty message', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t\r\n'],
    ['a signature', 'Signed-off-by: Ben <ben@example.com>\n'],
    ['git’s comments', '\n# Please enter\n'],
    [
      'a diff below the scissors',
      '\n# ------------------------ >8 ------------------------\nwork\n',
    ],
  ])('is %s', (_, text) => {
    expect(isEmptyMessage(text, undefined, { comment: '#' })).toBe(true);
  });

  it.each([
    ['as it was', 'subject: \n\nwhy: \n', true],
    ['with a signature', 'subject: \n\nwhy: \n\nSigned-off-by: Ben <ben@example.com>\n', true],
    ['with comments', '# help\nsubject: \n\nwhy: \n# more\n', true],
    ['with a word', 'subject: \n\nwhy: because\n', false],
    ['with another beginning', 'subject: x\n\nwhy: \n', false],
    ['with more below', 'subject: \n\nwhy: \nbecause\n', false],
  ])('is a template %s', (_, text, isEmpty) => {
    expect(isEmptyMessage(text, 'subject: \n\nwhy: \n# help\n', { comment: '#' })).toBe(isEmpty);
  });

  it.each(['work', '# a heading', '---'])('is not %j where there are no comments', (text) => {
    expect(isEmptyMessage(text, undefined, { comment: undefined })).toBe(false);
  });

  it('is what git takes for one', () => {
    fc.assert(
      fc.property(message, (text) => {
        fc.pre(!text.includes('>8'));
        const cleaned = git(['stripspace', '--strip-comments'], text);
        const rest = cleaned.split('\n').filter((line) => !line.startsWith('Signed-off-by: '));
        // git's own blanks and no others, but for a form feed, which it takes for one here.
        const isNothing = rest.every((line) => /^[ \t\r\n\f\v]*$/.test(line));
        if (!cleaned.includes('\f')) {
          expect(isEmptyMessage(text, undefined, { comment: '#' })).toBe(isNothing);
        }
      }),
      RUNS,
    );
  });
});
