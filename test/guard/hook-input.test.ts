import { describe, expect, it } from 'vitest';
import { parseHookInput } from '../../src/guard/hook-input.ts';
import { POLICY_PATHS } from '../../src/guard/load.ts';

const ID = 'a'.repeat(40);
const change = (path: string): string => `:100644 100644 ${ID} ${ID} M|${path}|`;

const CHANGES = 'end of changes|';
const TRUSTED = 'end of trusted side|';
const EMAIL = 'end of committer|';

type Parts = { changes?: string; trusted?: string; drift?: string; ident?: string };

/** What the installed hook feeds to the guard, with each NUL written as |. */
const feed = ({ changes = change('src/a.ts'), trusted = '', drift = '', ident }: Parts = {}) =>
  `${changes}${CHANGES}${trusted}${TRUSTED}${drift}${ident ?? 'Ben <ben@example.com> 1 +0000\n'}|${EMAIL}`;

const parse = (text: string) => parseHookInput(Buffer.from(text.replaceAll('|', '\0')));

describe('what the hook asked git', () => {
  it('is the changes, the trusted side and the committer', () => {
    const trusted = `100644 blob ${ID}\tCODEOWNERS|100644 blob ${ID}\tleasehold.config.json|`;
    expect(parse(feed({ trusted }))).toEqual({
      changes: [{ path: 'src/a.ts', kind: 'modified', blob: ID }],
      trusted: new Map([
        ['CODEOWNERS', ID],
        ['leasehold.config.json', ID],
      ]),
      email: 'ben@example.com',
      drift: undefined,
    });
  });

  it('may be that nothing has changed and nothing is trusted', () => {
    expect(parse(feed({ changes: '' }))).toEqual({
      changes: [],
      trusted: new Map(),
      email: 'ben@example.com',
      drift: undefined,
    });
  });

  it('may be a committer without an e-mail', () => {
    expect(parse(feed({ ident: '' }))).toMatchObject({ email: undefined });
  });

  it('takes no link for a file that can be trusted', () => {
    const trusted = `120000 blob ${ID}\tCODEOWNERS|`;
    expect(parse(feed({ trusted }))?.trusted.size).toBe(0);
  });
});

describe('what has come to HEAD since an audit', () => {
  const since = (text: string) => parse(feed({ drift: text }))?.drift;

  it('is told with the commit that it is told of', () => {
    expect(since(`${change('src/b.rs')}end of drift ${ID}|`)).toEqual({
      from: ID,
      changes: [{ path: 'src/b.rs', kind: 'modified', blob: ID }],
    });
    expect(since(`end of drift ${ID}|`)).toEqual({ from: ID, changes: [] });
  });

  it('is unknown where git failed, and where it was not asked', () => {
    expect(since('')).toBeUndefined();
    expect(since(change('src/b.rs'))).toBeUndefined();
    expect(parse(feed({ drift: change('src/b.rs') }))).toMatchObject({ email: 'ben@example.com' });
  });

  it('is handed over where it is torn in the middle of a change', () => {
    expect(
      parse(feed({ drift: change('src/b.rs').slice(0, -'|src/b.rs|'.length) }))?.drift,
    ).toBeUndefined();
  });
});

describe('an answer that is not there in full', () => {
  it.each([CHANGES, TRUSTED, EMAIL])('is handed over: without the mark %j', (mark) => {
    expect(parse(feed().replace(mark, ''))).toBeUndefined();
  });

  it.each([CHANGES, TRUSTED, EMAIL])('is handed over: with a torn mark %j', (mark) => {
    const text = feed();
    expect(parse(text.slice(0, text.indexOf(mark) + mark.length - 1))).toBeUndefined();
  });

  it('is handed over wherever it was cut off', () => {
    const text = feed({ trusted: `100644 blob ${ID}\tCODEOWNERS|` });
    const cuts = Array.from({ length: text.length }, (_, end) => parse(text.slice(0, end)));
    expect(cuts.filter((input) => input !== undefined)).toEqual([]);
  });

  it('is handed over where nothing was asked at all', () => {
    expect(parse('')).toBeUndefined();
  });

  it('is handed over where the marks stand in another order', () => {
    expect(parse(`${TRUSTED}${CHANGES}x|${EMAIL}`)).toBeUndefined();
  });
});

describe('a name that looks like a mark', () => {
  it.each(['end of changes', 'end of trusted side', 'end of committer', `:100644 ${ID} M`])(
    'is a name: %s',
    (name) => {
      const input = parse(feed({ changes: change(name) + change('src/b.ts') }));
      expect(input?.changes.map(({ path }) => path)).toEqual([name, 'src/b.ts']);
    },
  );

  it('does not stand in for the mark that git’s failure left out', () => {
    const text = `${change('end of changes')}${TRUSTED}x|${EMAIL}`;
    expect(parse(text)).toBeUndefined();
  });

  it('is no committer: an identity that looks like a mark is one', () => {
    expect(parse(feed({ ident: 'end of committer' }))).toMatchObject({ email: undefined });
  });
});

it('the trusted side is all that policy can come from', () => {
  expect(POLICY_PATHS).toEqual([
    'leasehold.config.json',
    '.github/CODEOWNERS',
    'CODEOWNERS',
    'docs/CODEOWNERS',
    '.gitlab/CODEOWNERS',
  ]);
});
