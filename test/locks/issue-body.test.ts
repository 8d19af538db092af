import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LockBody,
  MAX_BODY,
  parseBody,
  renderBody,
  renderTitle,
} from '../../src/locks/issue-body.ts';
import { HOUR, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, RULE } from './build.ts';

const bodyOf = (
  fields: Parameters<typeof grantOf>[0] = {},
  more: Partial<LockBody> = {},
): LockBody => {
  const { file: _, ...grant } = grantOf({ token: 12, ...fields });
  return { state: 'granted', since: NOW, grant, ...more };
};
const parse = (text: string) => parseBody(text, 12, RULE);
const form = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([heading, text]) => `### ${heading}\n\n${text}`)
    .join('\n\n');

describe('the text of a lock issue', () => {
  it('says for people who holds what, until when and why, and for machines the record', () => {
    const text = renderBody(
      bodyOf({
        holder: 'codex',
        claims: claimsOn('src/parser/', 'read!docs/'),
        about: { task: 'Port the tokenizer', parentIssue: 604 },
      }),
    );
    expect(text.split('### Record')[0]).toBe(
      [
        'Held by `codex` until 2026-01-17T16:00:00.000Z.',
        '### Paths\n\n```text\nsrc/parser/\nread: docs/\n```',
        '### Planned changes\n\n`Port the tokenizer`',
        '### Duration\n\n1 h, until 2026-01-17T16:00:00.000Z',
        '### Parent issue\n\n#604',
        '',
      ].join('\n\n'),
    );
  });

  it.each<[string, Partial<LockBody>, string]>([
    ['that is on its way in', { state: 'claiming' }, '`codex` is about to claim this.'],
    [
      'that asks for approval',
      { state: 'asking', owners: ['@olga', '@acme/core', 'x @everyone'] },
      '`codex` asks for approval by @olga, @acme/core, `x @everyone`, in a comment that says what they approve of:',
    ],
    [
      'that has ended',
      { end: { how: 'forced', at: NOW, by: 'bob', reason: 'it @all hangs' } },
      'This lock has ended: forced by `bob`: `it @all hangs`',
    ],
  ])('of one %s says so first', (_, more, first) => {
    expect(renderBody(bodyOf({}, more)).split('\n')[0]).toBe(first);
  });

  it('that asks for approval has the words of it, to be copied', () => {
    const text = renderBody(
      bodyOf({ claims: claimsOn('src/', 'read!docs/') }, { state: 'asking', owners: ['@olga'] }),
    );
    expect(text).toContain(
      '\n\n```text\n/approve 1h for codex\nsrc/\nread: docs/\n```\n\n### Paths\n',
    );
  });

  it('comes back whole, whatever is in it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, fc.nat(9_999), (name, task, reason, parentIssue) => {
        const holder = `h${name}`;
        const about = { task, urgent: reason, parentIssue };
        const body = bodyOf(
          {
            holder,
            id: 'id-1',
            claims: claimsOn('a/```\n### Record\n```json', 'regex:^`.*$'),
            about,
          },
          { end: { how: 'forced', at: NOW, by: holder, reason } },
        );
        const parsed = parse(renderBody(body));
        expect(parsed).toEqual({ body: { ...body, grant: { ...body.grant } } });
      }),
      { numRuns: 60 },
    );
  });

  it('comes back the same after a browser has made its lines end in CR LF', () => {
    const body = bodyOf();
    expect(parse(renderBody(body).replaceAll('\n', '\r\n'))).toEqual({ body });
  });

  it('calls nobody by what a holder has written', () => {
    const text = renderBody(
      bodyOf({ holder: '@acme/all', about: { task: '@acme/all\n# Hi `x` @bob' } }),
    );
    const outside = text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/@|# Hi/);
  });

  it.each([
    ['no record and no form', 'Hello'],
    ['a record that is no JSON', '\n### Record\n\n```json\n{"version": 1,\n```\n'],
    ['a record in no fence', '\n### Record\n\n{}\n'],
    ['a record of nothing', '\n### Record\n\n```json\n[]\n```\n'],
    ['a record without a state', renderBody(bodyOf()).replace('"granted"', '"mine"')],
    ['a record without an id', renderBody(bodyOf()).replace(/"id": "[^"]*"/, '"id": "../../x"')],
    ['a record with a scope that is none', renderBody(bodyOf()).replace('"src/"', '"../x"')],
    [
      'a record with a pattern that looks around',
      renderBody(bodyOf()).replace('"src/"', '"regex:(?=a)"'),
    ],
    [
      'a record of a later version',
      renderBody(bodyOf()).replace('"version": 1,\n  "id"', '"version": 9,\n  "id"'),
    ],
    ['more than an issue holds', renderBody(bodyOf()) + ' '.repeat(MAX_BODY)],
    ['a form without paths', form({ Duration: '2h' })],
    ['a form without a duration', form({ Paths: 'src/' })],
    ['a form with a duration that is none', form({ Paths: 'src/', Duration: 'soon' })],
    ['a form with a path that is none', form({ Paths: '/etc/passwd\n../x', Duration: '2h' })],
  ])('with %s is none', (_, text) => {
    expect(parse(text)).toMatchObject({ refused: expect.stringMatching(/./) });
  });

  it('is known by the number of its issue, whatever it says of a token', () => {
    const text = renderBody(bodyOf()).replace('"rev": 1', '"rev": 1, "token": 99');
    expect(parse(text)).toMatchObject({ body: { grant: { token: 12 } } });
  });

  it('of a form that somebody filled in has its paths, how long, what for and of what', () => {
    const text = form({
      Paths: '- `src/a.ts`\n* docs/\nread: lib/\n\nglob:**/*.md',
      'Planned changes': 'Tidy up\nand go',
      Duration: '1h 30m',
      'Parent issue': '#604',
    });
    expect(parse(text)).toMatchObject({
      form: {
        claims: [
          { scope: 'src/a.ts', mode: 'write' },
          { scope: 'docs/' },
          { scope: 'lib/', mode: 'read' },
          { scope: 'glob:**/*.md' },
        ],
        task: 'Tidy up\nand go',
        ttl: 1.5 * HOUR,
        parentIssue: 604,
      },
    });
  });
});

it.each([
  [{ about: { task: 'Port it' } }, '[LOCK] src/ - Port it'],
  [{ claims: claimsOn('a', 'b', 'c'), about: {} }, '[LOCK] a and 2 more - held by codex'],
  [{ claims: claimsOn('a\nb'), about: { task: 'x\n\u202ey' } }, '[LOCK] a\\nb - x \\u202ey'],
])('the title of a lock issue says what for: %j', (fields, title) => {
  expect(renderTitle(grantOf(fields))).toBe(title);
});

it('the title of a lock issue is no longer than a host takes', () => {
  expect(renderTitle(grantOf({ about: { task: 'x'.repeat(500) } })).length).toBeLessThanOrEqual(
    200,
  );
});
