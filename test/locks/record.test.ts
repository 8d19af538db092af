import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grant, isOurs, type Mode } from '../../src/locks/grant.ts';
import { encodeHolder, lockFileName, parseGrant, toRecord } from '../../src/locks/record.ts';
import { HOUR, NOW } from '../kit/fake-clock.ts';
import { claimOn, claimsOn, grantOf, RULE } from './build.ts';

const REQUIRED = {
  agent: 'codex',
  locked_at: '2026-01-17T15:30:00Z',
  expires_at: '2026-01-17T16:30:00Z',
  files: ['src/a.ts'],
};

const parse = (record: unknown, file = 'by-hand.lock') =>
  parseGrant(typeof record === 'string' ? record : JSON.stringify(record), file, RULE);

const grantFrom = (record: unknown, file?: string): Grant => {
  const parsed = parse(record, file);
  if ('refused' in parsed) throw new Error(parsed.refused);
  return parsed.grant;
};

const scopesOf = (grant: Grant) => grant.claims.map(({ scope, mode }) => `${mode} ${scope}`);

describe('a record with the required fields alone', () => {
  it('is a grant, written by hand, that goes by its file name', () => {
    expect(grantFrom(REQUIRED)).toEqual({
      holder: 'codex',
      id: 'by-hand.lock',
      rev: 0,
      token: undefined,
      lockedAt: NOW,
      expiresAt: NOW + HOUR,
      claims: claimsOn('src/a.ts'),
      about: {},
    });
  });

  it('holds nothing where it lists no file', () => {
    expect(grantFrom({ ...REQUIRED, files: [] }).claims).toEqual([]);
  });

  it('reads its files by the grammar of scopes', () => {
    const files = ['./src//a', 'src/', 'src/*.ts', 'glob:x/**', 'regex:^y$', 'app/[id]/page.ts'];
    expect(scopesOf(grantFrom({ ...REQUIRED, files }))).toEqual([
      'write src/a',
      'write src/',
      'write glob:src/*.ts',
      'write glob:x/**',
      'write regex:^y$',
      'write glob:app/[id]/page.ts',
    ]);
  });

  it('may begin with a byte order mark', () => {
    expect(grantFrom(`\ufeff${JSON.stringify(REQUIRED)}`).holder).toBe('codex');
  });

  it('takes times without a zone as UTC', () => {
    const grant = grantFrom({ ...REQUIRED, expires_at: '2026-01-17T16:30:00' });
    expect(grant.expiresAt).toBe(NOW + HOUR);
  });

  it('may last until the year 9999', () => {
    const grant = grantFrom({ ...REQUIRED, expires_at: '9999-12-31T23:59:59Z' });
    expect(grant.expiresAt).toBe(Date.UTC(9999, 11, 31, 23, 59, 59));
  });
});

describe('a record that is none', () => {
  it.each(Object.keys(REQUIRED))('has no %s', (name) => {
    const { [name]: _, ...rest } = REQUIRED as Record<string, unknown>;
    expect(parse(rest)).toHaveProperty('refused');
  });

  it.each<[string, unknown, string]>([
    ['agent', 7, 'agent is missing'],
    ['agent', null, 'agent is missing'],
    ['agent', '', 'agent is missing'],
    ['agent', ['codex'], 'agent is missing'],
    ['agent', 'x'.repeat(201), 'agent is too long'],
    ['locked_at', 1_768_663_800, 'locked_at is not an ISO 8601 time'],
    ['expires_at', 1_768_663_800_000, 'expires_at is not an ISO 8601 time'],
    ['expires_at', null, 'expires_at is not an ISO 8601 time'],
    ['expires_at', 'never', 'expires_at is not an ISO 8601 time'],
    ['expires_at', '2026-01-17', 'expires_at is not an ISO 8601 time'],
    ['files', 'src/a.ts', 'files is missing'],
    ['files', null, 'files is missing'],
    ['files', { 0: 'src/a.ts' }, 'files is missing'],
    ['files', [7], 'files holds something that is not text'],
    ['files', [null], 'files holds something that is not text'],
    ['directories', 'src/', 'directories is not a list'],
    ['patterns', {}, 'patterns is not a list'],
    ['patterns', [['*']], 'patterns holds something that is not text'],
    ['read', ['src/a.ts'], 'read is not an object'],
    ['read', { files: 'src/a.ts' }, 'files is not a list'],
    ['doc', null, 'doc is not an object'],
  ])('has a %s that is %j', (name, value, refused) => {
    expect(parse({ ...REQUIRED, [name]: value })).toEqual({ refused });
  });

  it.each([
    ['/etc/passwd', 'it is absolute'],
    ['../other', 'it has a .. in it'],
    ['src/../../x', 'it has a .. in it'],
    ['', 'it is empty'],
    ['a\0b', 'it has a NUL character in it'],
    ['regex:(?=x)', 'look-around'],
    ['regex:[', 'it'],
  ])('holds %j, which is no scope, and says which', (scope) => {
    const parsed = parse({ ...REQUIRED, files: ['src/a.ts', scope] });
    expect(parsed).toEqual({
      refused: expect.stringMatching(/^files holds ".*": ./s),
    });
  });

  it.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['{', 'it is not valid JSON'],
    ['{"agent":"codex","files":["src', 'it is not valid JSON'],
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['"codex"', 'it is not a JSON object'],
  ])('is %j', (text, refused) => {
    expect(parse(text)).toEqual({ refused });
  });
});

describe('the optional fields', () => {
  it.each(['email', 'worktree', 'branch', 'host', 'session', 'task_description'])(
    'do not spoil a record where %s has another type',
    (name) => {
      expect(grantFrom({ ...REQUIRED, [name]: 7 }).about).toEqual({});
    },
  );

  it('say what a grant is about', () => {
    const notes = {
      task_description: 'Port it',
      email: 'a@b.c',
      worktree: '/w',
      branch: 'main',
      host: 'h',
      session: 's',
      confine: true,
    };
    const { task_description: task, ...others } = notes;
    expect(grantFrom({ ...REQUIRED, ...notes }).about).toEqual({ task, ...others });
  });

  it('may be unknown: another tool writes its own', () => {
    expect(grantFrom({ ...REQUIRED, parent_issue: 604, labels: {} }).holder).toBe('codex');
  });

  it('put what is read and what is documentation in their own modes', () => {
    const record = { ...REQUIRED, read: { files: ['b'] }, doc: { directories: ['docs/'] } };
    expect(scopesOf(grantFrom(record))).toEqual(['write src/a.ts', 'read b', 'doc-write docs/']);
  });
});

describe('a record of ours', () => {
  const ours = { ...REQUIRED, id: 'a1-b2', rev: 3, token: 42, version: 1 };

  it('is known by its file name', () => {
    expect(grantFrom(ours, 'codex.a1-b2.3.lock')).toMatchObject({ id: 'a1-b2', rev: 3, token: 42 });
  });

  it.each([
    ['a copy under another name', ours, 'copy.lock'],
    ['a copy that claims a higher revision', { ...ours, rev: 9 }, 'codex.a1-b2.3.lock'],
    ['a copy for another holder', { ...ours, agent: 'bob' }, 'codex.a1-b2.3.lock'],
    ['a record without a token', { ...ours, token: undefined }, 'codex.a1-b2.3.lock'],
    ['a record with a token that is text', { ...ours, token: '42' }, 'codex.a1-b2.3.lock'],
    ['a record with a negative token', { ...ours, token: -1 }, 'codex.a1-b2.3.lock'],
    ['a record with an id that is a path', { ...ours, id: '../../x' }, 'codex.../../x.3.lock'],
    ['a record with an id with dots', { ...ours, id: 'a.b' }, 'codex.a.b.3.lock'],
    [
      'a record with an endless id',
      { ...ours, id: 'a'.repeat(65) },
      `codex.${'a'.repeat(65)}.3.lock`,
    ],
  ])('is not: %s, which binds as written by hand', (_, record, file) => {
    const grant = grantFrom(record, file);
    expect({ ours: isOurs(grant), id: grant.id, rev: grant.rev }).toEqual({
      ours: false,
      id: file,
      rev: 0,
    });
  });
});

describe('a record of a higher version', () => {
  const later = { ...REQUIRED, id: 'a1', rev: 1, token: 42, version: 2 };

  it('binds by its required fields, whatever the others have become', () => {
    const grant = grantFrom({ ...later, read: ['src/b.ts'], patterns: { glob: '*' } });
    expect(grant).toMatchObject({ holder: 'codex', expiresAt: NOW + HOUR });
    expect(scopesOf(grant)).toEqual(['write src/a.ts']);
  });

  it('is not ours to rewrite, whatever its name', () => {
    expect(isOurs(grantFrom(later, 'codex.a1.1.lock'))).toBe(false);
  });

  it('that lacks a required field cannot be read', () => {
    expect(parse({ ...later, files: undefined })).toEqual({ refused: 'files is missing' });
  });
});

const SCOPES = ['src/a.ts', 'src/', 'glob:src/**', 'regex:^x$', 'app/[id]/page.ts', '.', 'é ñ'];
const instants = fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) });
const texts = fc.string({ unit: 'binary', maxLength: 20 });
const holders = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
const claims = fc
  .tuple(fc.constantFrom(...SCOPES), fc.constantFrom<Mode>('write', 'read', 'doc-write'))
  .map(([scope, mode]) => claimOn(scope, mode));
const grants: fc.Arbitrary<Grant> = fc.record({
  holder: holders,
  id: fc.uuid(),
  rev: fc.nat(),
  token: fc.nat(),
  lockedAt: instants,
  expiresAt: instants,
  claims: fc.array(claims, { maxLength: 5 }),
  about: fc.record(
    {
      task: texts,
      email: texts,
      worktree: texts,
      branch: texts,
      host: texts,
      session: texts,
      confine: fc.constant(true),
    },
    { requiredKeys: [] },
  ),
});

describe('a grant', () => {
  it('comes back from its record whole; its claims are sorted by mode and kind', () => {
    const sorted = (grant: Grant) => ({ ...grant, claims: scopesOf(grant).sort() });
    fc.assert(
      fc.property(grants, (grant) => {
        const back = grantFrom(toRecord(grant), lockFileName(grant));
        expect(sorted(back)).toEqual(sorted(grant));
      }),
    );
  });

  it('is written with its scopes in the lists that they belong to', () => {
    const grant = grantOf({
      claims: claimsOn('a', 'b/', '*.c', 'regex:^d$', 'read!e', 'doc-write!f/'),
    });
    expect(toRecord(grant)).toMatchObject({
      files: ['a'],
      directories: ['b/'],
      patterns: ['glob:*.c', 'regex:^d$'],
      read: { files: ['e'], directories: [], patterns: [] },
      doc: { files: [], directories: ['f/'], patterns: [] },
    });
  });

  it('is written with its version and its times in UTC', () => {
    expect(toRecord(grantOf())).toMatchObject({
      version: 1,
      locked_at: '2026-01-17T15:00:00.000Z',
      expires_at: '2026-01-17T16:00:00.000Z',
    });
  });
});

describe("a lock file's name", () => {
  it('is never a path, never hidden, and never too long, whatever the holder is called', () => {
    const anyHolder = fc.oneof(
      holders,
      fc.constantFrom('..', '.', '../../etc/x', 'a/b', '/', '\\', 'con', '\0', '\n', '%2f'),
      fc.string({ unit: 'grapheme', minLength: 100, maxLength: 300 }),
    );
    fc.assert(
      fc.property(anyHolder, (holder) => {
        const name = lockFileName(grantOf({ holder, id: 'a1' }));
        return /^[A-Za-z0-9_@%-]{1,100}\.a1\.1\.lock$/.test(name);
      }),
      { numRuns: 300 },
    );
  });

  it('tells two holders apart that differ in a character', () => {
    const short = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        fc.pre(a !== b && !/\p{Surrogate}/u.test(a + b));
        return encodeHolder(a) !== encodeHolder(b);
      }),
    );
  });

  it('shows a plain holder as it is', () => {
    expect(lockFileName(grantOf({ holder: 'codex', id: 'a1', rev: 2 }))).toBe('codex.a1.2.lock');
  });
});
