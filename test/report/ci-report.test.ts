import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import {
  type CiFinding,
  type CiReport,
  renderCiSummary,
  renderCiText,
  toCiJson,
  toCodeQuality,
} from '../../src/report/index.ts';
import { findingOf, PLAIN } from './judgement.ts';

const reportOf = (findings: readonly CiFinding[], fields: Partial<CiReport> = {}): CiReport => ({
  name: 'pull request',
  verdict: findings.some(({ severity }) => severity === 'error') ? 'block' : 'pass',
  mode: 'enforce',
  findings,
  notJudged: [],
  failure: undefined,
  commits: 2,
  base: '0123456789abcdef',
  policy: '0123456789abcdef',
  head: 'fedcba9876543210',
  branches: { base: 'main' },
  isFork: false,
  pulls: [{ number: 7, title: 'a change', author: 'ben' }],
  ...fields,
});

const summarise = (report: CiReport): string => renderCiSummary(report, 'leasehold');

describe('the summary', () => {
  it('groups by who is in the way and by rule, with what to do', () => {
    const held = findingOf({ holder: 'codex', expires_at: '2026-01-01T10:00:00Z' });
    const page = summarise(
      reportOf([
        held,
        { ...held, path: 'src/b.ts', expires_at: '2026-01-01T11:00:00Z' },
        findingOf({ rule: 'owners/not-owner', owners: ['@ann', '@bo'], severity: 'warn' }),
      ]),
    );
    expect(page).toContain('pull request refused&#58; 2 errors, 1 warning');
    expect(page).toContain(
      '| <code>codex</code> holds it | 2026-01-01T11&#58;00&#58;00Z | 2 errors | <code>src/a.ts</code><br><code>src/b.ts</code> |',
    );
    expect(page).toContain('| <code>&#64;ann &#64;bo</code> owns it |');
    expect(page).toContain('| <code>lock/held</code> | error | 2 |');
  });

  it('says what weighs less than it says, what was let through, and what was not judged', () => {
    const page = summarise(
      reportOf(
        [
          findingOf({
            rule: 'guard/bypassed',
            severity: 'warn',
            message: 'let through',
            commit: 'c0ffee',
          }),
          { ...findingOf({ path: 'src/x.ts' }), suppressed: 'for tests' },
        ],
        { mode: 'warn', verdict: 'pass', notJudged: ['lock/*'] },
      ),
    );
    expect(page).toContain('**guard.mode is warn&#58; what would be refused is let through**');
    expect(page).toContain('### Let through by hand\n\n- <code>c0ffee</code> let through');
    expect(page).toContain('- lock/&#42;');
    expect(page).not.toContain('src/x.ts');
    expect(summarise(reportOf([], { mode: 'off' }))).toContain('nothing is enforced');
  });

  it('says why it could not decide', () => {
    const failure = new Undecided('base-unknown', 'this clone is shallow', 'git fetch --unshallow');
    const page = summarise(reportOf([], { verdict: 'undecided', failure }));
    expect(page).toContain('could not be decided');
    expect(page).toContain('Next: <code>git fetch --unshallow</code>');
  });

  it('stays below what the host takes, whatever there is, and counts the rest', () => {
    const many = Array.from({ length: 5_000 }, (_, at) =>
      findingOf({ path: `${at}/${'`'.repeat(200)}`, holder: `h${at}`, message: '|'.repeat(300) }),
    );
    const page = summarise(reportOf(many));
    expect(Buffer.byteLength(page)).toBeLessThan(1024 * 1024);
    expect(page).toMatch(/\n\d+ findings more: the log has them\.\n/);
    expect(page).toContain('| and 4950 more |');
  });
});

const hostile = fc.string({
  unit: fc.constantFrom(
    'a',
    '/',
    '\n',
    '\r',
    '|',
    '`',
    '*',
    '_',
    '<b>',
    '](x)',
    '#1',
    '@x',
    '&lt;',
    '&#60;',
    '\\',
    '~',
    '!',
    '$',
    '\u001b[2J',
    '\u202e',
    'www.x',
    ':',
  ),
  minLength: 1,
  maxLength: 10,
});

/** The text of a cell, as a reader sees it. */
const readCell = (cell: string): string =>
  cell
    .replace(/<\/?code>/g, '')
    .replace(/&#(\d+);/g, (_, digits) => String.fromCharCode(Number(digits)));

it('has each finding as a row that reads back, and no mark that is not our own', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (path, message, title) => {
      const page = renderCiSummary(
        reportOf([findingOf({ path: `x${path}`, message })], { pulls: [{ number: 1, title }] }),
        'leasehold',
      );
      const row = page.split('\n').find((line) => line.startsWith('| error |')) ?? '';
      const cells = row.split(' | ');
      expect(cells).toHaveLength(5);
      expect(
        page.replace(/<\/?(?:code|details|summary|br)>|&#\d+;|^#+ |^\| .* \|$/gm, ''),
      ).not.toMatch(/[`*<>[\]@~\\&#]|www\./);
      expect(readCell(cells[2] ?? '')).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(row.replace(/<\/?code>|&#\d+;/g, '')).not.toMatch(/[`*_<>[\]@~\\&#!$:]/);
    }),
  );
});

describe('the other forms', () => {
  it('are lines for people, each remark with what to do', () => {
    const report = reportOf([findingOf({ commit: '0123456789abcdef' })], { notJudged: ['lock/*'] });
    expect(renderCiText(report, PLAIN).split('\n')).toEqual([
      'leasehold: pull request refused: 1 error (2 commits into main at 0123456789)',
      '  src/a.ts (in 0123456789)',
      '    error codex holds it [lock/held]',
      '    next: leasehold conflicts -- src/a.ts',
      'not judged: lock/*',
    ]);
  });

  it('are issues of GitLab’s widget, each with a fingerprint of its own that no line changes', () => {
    const issuesOf = (line: number) =>
      toCodeQuality(
        reportOf([findingOf({ line, holder: 'codex' }), findingOf({ line, holder: 'codex' })], {
          notJudged: ['lock/*'],
        }),
      );
    const [one, two, note] = issuesOf(3);
    expect(one).toMatchObject({
      description: 'codex holds it. Next: leasehold conflicts -- src/a.ts',
      check_name: 'lock/held',
      severity: 'major',
      location: { path: 'src/a.ts', lines: { begin: 3 } },
    });
    expect(one?.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(two?.fingerprint).not.toBe(one?.fingerprint);
    expect(note).toMatchObject({ severity: 'info', description: 'not judged: lock/*' });
    expect(issuesOf(9).map(({ fingerprint }) => fingerprint)).toEqual(
      issuesOf(3).map(({ fingerprint }) => fingerprint),
    );
  });

  it('are JSON with what it was judged by', () => {
    expect(toCiJson(reportOf([]))).toMatchObject({
      version: 1,
      verdict: 'pass',
      kind: 'pull request',
      policy: '0123456789abcdef',
      not_judged: [],
      findings: [],
    });
  });
});
