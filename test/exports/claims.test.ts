import { describe, expect, it } from 'vitest';
import type { ExportFinding } from '../../src/exports/audit.ts';
import { type ClaimFacts, checkClaims } from '../../src/exports/claims.ts';

const ENTRY = 'src/lib.rs';

const WILDCARD: ExportFinding = {
  rule: 'exports/wildcard',
  severity: 'error',
  path: ENTRY,
  line: 4,
  column: 1,
  name: 'a::*',
  message: 'a::* exports whatever is public there, now and later',
  remedy: 'export the names that are meant',
};

const facts = (fields: Partial<ClaimFacts> = {}): ClaimFacts => ({
  findings: [],
  changed: new Set([ENTRY, 'src/a.rs']),
  entries: [ENTRY],
  requireLock: [],
  locked: new Set(),
  ...fields,
});

const MARK = '<!-- leasehold: export change. -->';
const FILES = `## Files modified\n\n- \`${ENTRY}\`\n`;
const NO_WILDCARD = '- [x] No new wildcard (`exports/wildcard`)';
const LOCKED = '- [X] A lock covers it (`lock/required`)';

const bodyOf = (...lines: string[]): string => [MARK, FILES, '## Checklist', ...lines].join('\n');

const told = (body: string, known: ClaimFacts): string[] =>
  checkClaims(body, known).map(({ path, line, name }) => `${path}:${line} ${name}`);

describe('the text of an export change', () => {
  it('holds where it says what is so', () => {
    const body = bodyOf(NO_WILDCARD, '- [ ] No duplicate (`exports/duplicate`)', '- [x] Tests');
    const duplicate = { ...WILDCARD, rule: 'exports/duplicate' as const };
    expect(checkClaims(body, facts({ findings: [duplicate] }))).toEqual([]);
  });

  it('does not hold where something ticked is found, unless that has its reason', () => {
    const found = checkClaims(bodyOf(NO_WILDCARD), facts({ findings: [WILDCARD] }));
    const excused = { ...WILDCARD, suppressed: 'facade' };

    expect(found).toMatchObject([
      {
        rule: 'exports/claim',
        severity: 'error',
        path: ENTRY,
        line: 4,
        message:
          'the pull request says "No new wildcard", and that is not so: a::* exports whatever is public there, now and later',
      },
    ]);
    expect(checkClaims(bodyOf(NO_WILDCARD), facts({ findings: [excused] }))).toEqual([]);
  });

  it('lists the files that it modifies: no other, and each entry', () => {
    const body = `${MARK}\n### Files Modified\n- [not this](x)\n* src/gone.rs\n- \n### Next\n- src/b.rs`;
    expect(told(body, facts())).toEqual([
      'src/gone.rs:1 files listed',
      'src/lib.rs:1 files changed',
    ]);
  });

  it.each([
    ['ticked, and nobody holds it', [LOCKED, '- Lock issue: #7'], new Set<string>(), 1],
    ['ticked, and held', [LOCKED], new Set([ENTRY]), 0],
    ['not ticked, and an issue is named', ['- Lock issue: org/repo#7'], new Set<string>(), 0],
    ['not ticked, and no issue is named', ['- Lock issue: #'], new Set<string>(), 1],
    ['an issue is named, and no locks are seen', [LOCKED, '- Lock issue: #7'], undefined, 0],
    ['no issue is named, and no locks are seen', [LOCKED], undefined, 1],
  ])('needs a lock where the entry requires one: %s', (_, lines, locked, count) => {
    const known = facts({ requireLock: [ENTRY], locked });
    expect(told(bodyOf(...lines), known)).toEqual(Array(count).fill('src/lib.rs:1 lock'));
    expect(checkClaims(bodyOf(...lines), facts({ locked }))).toEqual([]);
  });

  it('says nothing where it is about something else', () => {
    const body = bodyOf(NO_WILDCARD).replace(MARK, '');
    expect(checkClaims(body, facts({ findings: [WILDCARD] }))).toEqual([]);
  });

  it('does not say what is commented out, or code', () => {
    const body = bodyOf(
      `<!-- ${NO_WILDCARD}`,
      '-->',
      '```',
      NO_WILDCARD,
      '```',
      '<!-- open',
      LOCKED,
    );
    expect(checkClaims(body, facts({ findings: [WILDCARD] }))).toEqual([]);
  });

  it('is a stranger’s: what is told of it is quoted, on one line, and short', () => {
    const evil = `- [x] ${'\u001b[31m"::error::'.repeat(9)} (\`exports/wildcard\`)`;
    const path = `- \`\u202e${'x'.repeat(900)}\``;
    const body = bodyOf(evil).replace(FILES, `## Files modified\n${path}\n${FILES.slice(18)}`);
    const found = checkClaims(body, facts({ findings: [WILDCARD] }));
    for (const { message, path: at } of found) {
      expect(message).not.toMatch(/[\u001b\u202e\n]/);
      expect(message.length).toBeLessThan(260);
      expect(at.length).toBeLessThanOrEqual(200);
    }
    expect(found).toHaveLength(2);
  });

  it.each([' ', '(', '- [x] ', '<!--', '`', '- lock issue: ', '```\n'])(
    'is read in a time that grows with it: %j',
    (text) => {
      const start = process.cpuUsage();
      checkClaims(`${MARK}${text.repeat(300_000 / text.length)}`, facts({ findings: [WILDCARD] }));
      expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
    },
  );
});
