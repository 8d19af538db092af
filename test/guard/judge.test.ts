import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { committerActor } from '../../src/guard/actor.ts';
import { concludeVerdict, exitCodeOf, type Finding } from '../../src/guard/finding.ts';
import { RULES, type RuleName } from '../../src/guard/rules.ts';
import { HOUR, MINUTE, NOW } from '../kit/fake-clock.ts';
import { claimsOn, grantOf, handWritten, ledgerOf, noteOf } from '../locks/build.ts';
import {
  type Asked,
  actorOf,
  ask,
  changeOf,
  NOBODY,
  ownersOf,
  PERSON,
  policyOf,
  tell,
} from './question.ts';

const own = (fields: Parameters<typeof grantOf>[0] = {}) => grantOf({ holder: 'bob', ...fields });
const OWNED = {
  owners: ownersOf('* @ann\n'),
  identities: { bob: ['@bob'], 'bob@example.com': ['@bob'] },
};

/** Rules about a commit of the past, or about a push as a whole; they have tests of their own. */
type PastRule = 'lock/bad-grant' | 'lock/stale-token' | 'lock/dropped' | 'guard/bypassed';

/** One case in which each rule has something to say, and nothing else has. */
const CASES: Record<Exclude<RuleName, PastRule>, Asked> = {
  'lock/unreadable': { ledger: { unreadable: [{ file: 'torn.lock', reason: 'it is empty' }] } },
  'lock/held': { ledger: { grants: [grantOf()] } },
  'lock/read-held': { ledger: { grants: [grantOf({ claims: claimsOn('read!src/') })] } },
  'lock/taken-over': { ledger: { ended: [noteOf({ holder: 'bob' }, 'ann')] } },
  'lock/expired': { ledger: { grants: [own({ expiresAt: NOW })] } },
  'lock/outside-grant': { ledger: { grants: [own({ claims: claimsOn('docs/') })] } },
  'lock/required': { policy: { requireLock: ['src/'] } },
  'owners/not-owner': { policy: OWNED },
  'owners/unknown-actor': { policy: { owners: ownersOf('* @ann\n') } },
  'owners/unowned': { policy: { owners: ownersOf('docs/ @ann\n') } },
  'owners/invalid': {
    proposedProblems: [
      { path: 'CODEOWNERS', line: 3, column: 1, kind: 'bad-owner', message: 'no owner' },
    ],
  },
  'guard/self-change': {
    paths: ['CODEOWNERS'],
    policy: {
      ...OWNED,
      owners: ownersOf('/CODEOWNERS @ann\n'),
      rules: { 'owners/not-owner': 'off' },
    },
  },
};
const RULE_CASES = Object.entries(CASES) as [RuleName, Asked][];

const rulesOf = (findings: readonly Finding[]): string[] => findings.map(({ rule }) => rule);
const withRules = (asked: Asked, rules: Record<string, string>): Asked => ({
  ...asked,
  policy: { ...asked.policy, rules: { ...asked.policy?.rules, ...rules } as never },
});

describe('every rule', () => {
  it.each(RULE_CASES.filter(([rule]) => RULES[rule].named !== 'off'))(
    '%s has a case that it speaks up in, with its own weight',
    (rule, asked) => {
      const findings = ask(asked).map((finding) => [finding.rule, finding.severity]);
      expect(findings).toEqual([[rule, RULES[rule].named]]);
    },
  );

  it.each(RULE_CASES.filter(([rule]) => rule !== 'owners/invalid' && RULES[rule].person !== 'off'))(
    '%s weighs for a person what it promises',
    (rule, asked) => {
      const swap = (grant: ReturnType<typeof grantOf>) =>
        grant.holder === 'bob' ? { ...grant, holder: 'bob@example.com' } : grant;
      const ledger = ledgerOf(asked.ledger);
      const findings = ask({
        ...asked,
        actor: PERSON,
        ledger: {
          ...ledger,
          grants: ledger.grants.map(swap),
          ended: ledger.ended.map((note) => ({
            ...note,
            grant: { ...note.grant, holder: 'bob@example.com' },
          })),
        },
      });
      expect(findings.map((finding) => [finding.rule, finding.severity])).toEqual([
        [rule, RULES[rule].person],
      ]);
    },
  );

  it.each(RULE_CASES.filter(([rule]) => rule !== 'lock/unreadable'))(
    '%s is silent where the config turns it off',
    (rule, asked) => {
      expect(rulesOf(ask(withRules(asked, { [rule]: 'off' })))).not.toContain(rule);
    },
  );

  it('lock/unreadable is never silent: turned off it still warns', () => {
    const asked = withRules(CASES['lock/unreadable'], { 'lock/unreadable': 'off' });
    expect(tell(asked)).toEqual(['warn lock/unreadable torn.lock']);
  });

  it.each(RULE_CASES)('%s only warns where the config says so', (rule, asked) => {
    const findings = ask(withRules(asked, { [rule]: 'warn' }));
    expect(findings.map((finding) => [finding.rule, finding.severity])).toEqual([[rule, 'warn']]);
  });

  it.each(RULE_CASES)('%s blocks where the config says so', (rule, asked) => {
    const findings = ask(withRules(asked, { [rule]: 'error' }));
    expect(findings.map((finding) => [finding.rule, finding.severity])).toEqual([[rule, 'error']]);
  });

  it.each(RULE_CASES)('%s lets everything through where guard.mode is warn', (rule, asked) => {
    const soft = withRules(
      { ...asked, policy: { ...asked.policy, mode: 'warn' } },
      { [rule]: 'error' },
    );
    const findings = ask(soft);
    expect([concludeVerdict(findings), rulesOf(findings)]).toEqual(['pass', [rule]]);
  });

  it.each(RULE_CASES)('%s is silent where guard.mode is off', (_, asked) => {
    expect(ask({ ...asked, policy: { ...asked.policy, mode: 'off' } })).toEqual([]);
  });

  it.each(RULE_CASES.filter(([rule]) => rule !== 'owners/invalid'))(
    '%s says nothing of a path that is exempt',
    (_, asked) => {
      expect(
        ask({ ...asked, policy: { ...asked.policy, exempt: ['src/', 'CODEOWNERS'] } }),
      ).toEqual([]);
    },
  );

  it.each(RULE_CASES)('%s says nothing where nothing has changed', (rule, asked) => {
    expect(
      ask({ ...asked, paths: [], proposedProblems: [] }).filter((f) => f.rule === rule),
    ).toEqual([]);
  });
});

describe('a path that nobody holds', () => {
  it('passes without a word', () => {
    expect(ask({ ledger: { grants: [grantOf({ claims: claimsOn('docs/') })] } })).toEqual([]);
  });

  it('passes for whoever has no identity', () => {
    const grants = [grantOf({ claims: claimsOn('x/**') })];
    expect(ask({ paths: ['README.md'], actor: NOBODY, ledger: { grants } })).toEqual([]);
  });
});

describe('lock/held', () => {
  it.each([
    'src',
    'src/',
    './src/',
    'src/a.ts',
    'src/{a,b}.ts',
    'src/*',
    'regex:^src/.*$',
    '**/*.ts',
  ])('blocks src/a.ts under a lock on %s', (scope) => {
    const grants = [grantOf({ claims: claimsOn(scope) })];
    expect(tell({ ledger: { grants } })).toEqual(['error lock/held src/a.ts']);
  });

  it.each(['src/b.ts', 'srcs', '*.ts', 'src/*/a.ts', 'regex:src'])(
    'lets src/a.ts through under a lock on %s',
    (scope) => {
      expect(tell({ ledger: { grants: [grantOf({ claims: claimsOn(scope) })] } })).toEqual([]);
    },
  );

  it('names the holder, until when, the task and the grant', () => {
    const [finding] = ask({ ledger: { grants: [grantOf({ about: { task: 'Port it' } })] } });
    expect(finding).toMatchObject({
      message: 'codex holds it until 16:00 UTC (in 30 min), task "Port it"',
      remedy: 'leasehold conflicts -- src/a.ts',
      holder: 'codex',
      grant: 'id-codex',
      expires_at: '2026-01-17T16:00:00.000Z',
    });
  });

  it('blocks to the last millisecond, and not at the expiry', () => {
    const at = (expiresAt: number) => tell({ ledger: { grants: [grantOf({ expiresAt })] } });
    expect([at(NOW + 1), at(NOW)]).toEqual([['error lock/held src/a.ts'], []]);
  });

  it.each(['added', 'modified', 'deleted'] as const)('blocks a path that was %s', (kind) => {
    const paths = [changeOf('src/a.ts', kind)];
    expect(tell({ paths, ledger: { grants: [grantOf()] } })).toEqual(['error lock/held src/a.ts']);
  });

  it('blocks a documentation lock’s paths too', () => {
    const grants = [grantOf({ claims: claimsOn('doc-write!docs/') })];
    expect(tell({ paths: ['docs/a.md'], ledger: { grants } })).toEqual([
      'error lock/held docs/a.md',
    ]);
  });

  it('blocks whoever has no identity', () => {
    expect(tell({ actor: NOBODY, ledger: { grants: [grantOf()] } })).toEqual([
      'error lock/held src/a.ts',
    ]);
  });

  it('lets the holder through', () => {
    expect(tell({ ledger: { grants: [own()] } })).toEqual([]);
  });

  it('compares holders exactly, and names the near miss', () => {
    const [finding] = ask({ ledger: { grants: [grantOf({ holder: 'Bob' })] } });
    expect(finding?.message).toContain('(you are bob: holders compare exactly)');
  });

  it('compares paths without case where the clone does', () => {
    const rule = { ignoreCase: true };
    const [claim] = claimsOn('src/a.ts');
    const grants = [grantOf({ claims: claim ? [claim] : [] })];
    const paths = ['SRC/A.ts'];
    expect([
      tell({ paths, ledger: { grants, rule } }),
      tell({ paths, ledger: { grants } }),
    ]).toEqual([['error lock/held SRC/A.ts'], []]);
  });

  it('compares names in one Unicode form', () => {
    const grants = [grantOf({ claims: claimsOn('caf\u00e9') })];
    expect(tell({ paths: ['cafe\u0301/x'], ledger: { grants } })).toHaveLength(1);
  });

  it('lets a committer through whose e-mail the grant carries', () => {
    const grants = [grantOf({ about: { email: 'ann@example.com' } })];
    const as = (email: string) => tell({ actor: committerActor(email), ledger: { grants } });
    expect([as('ann@example.com'), as('bob@example.com')]).toEqual([
      [],
      ['error lock/held src/a.ts'],
    ]);
  });

  it('is told of every path, in the order of the paths', () => {
    const paths = ['src/b.ts', 'docs/x', 'src/a.ts'];
    expect(tell({ paths, ledger: { grants: [grantOf()] } })).toEqual([
      'error lock/held src/b.ts',
      'error lock/held src/a.ts',
    ]);
  });
});

describe('lock/read-held', () => {
  it('blocks, and says that somebody reads it', () => {
    const [finding] = ask(CASES['lock/read-held']);
    expect(finding?.message).toBe(
      'codex reads it and wants it unchanged until 16:00 UTC (in 30 min)',
    );
  });

  it('lets the reader alone through', () => {
    const grants = [own({ claims: claimsOn('read!src/', 'src/a.ts') })];
    expect(tell({ ledger: { grants } })).toEqual([]);
  });

  it('gives way to lock/held where both are there', () => {
    const grants = [grantOf({ claims: claimsOn('read!src/') }), grantOf({ holder: 'ann' })];
    expect(tell({ ledger: { grants } })).toEqual(['error lock/held src/a.ts']);
  });
});

describe('two records written by hand that conflict', () => {
  const early = { lockedAt: NOW - HOUR };
  const late = { lockedAt: NOW - MINUTE };

  it('bind by the earlier one: its holder passes, the other is blocked', () => {
    const grants = [
      handWritten({ holder: 'codex', file: 'a.lock', ...late }),
      handWritten({ holder: 'bob', file: 'b.lock', ...early }),
    ];
    const codex = actorOf({ holder: 'codex' });
    expect([tell({ ledger: { grants } }), tell({ actor: codex, ledger: { grants } })]).toEqual([
      [],
      ['error lock/held src/a.ts'],
    ]);
  });

  it('bind after a grant of ours, however late that is', () => {
    const grants = [handWritten({ holder: 'codex', ...early }), own(late)];
    const codex = actorOf({ holder: 'codex' });
    expect([tell({ ledger: { grants } }), tell({ actor: codex, ledger: { grants } })]).toEqual([
      [],
      ['error lock/held src/a.ts'],
    ]);
  });

  it('bind after a grant of ours also where its holder wrote one by hand besides', () => {
    const grants = [
      handWritten({ holder: 'bob', file: 'a.lock', ...late }),
      own(),
      handWritten({ holder: 'codex', file: 'c.lock', ...early }),
    ];
    expect(tell({ ledger: { grants } })).toEqual([]);
  });

  it('let nobody through who only reads under the earlier one', () => {
    const grants = [
      handWritten({ holder: 'bob', file: 'a.lock', claims: claimsOn('read!src/'), ...early }),
      handWritten({ holder: 'codex', file: 'b.lock', ...late }),
    ];
    expect(tell({ ledger: { grants } })).toEqual(['error lock/held src/a.ts']);
  });
});

describe('lock/unreadable', () => {
  it('means that nobody can tell, and names the record with the remedy', () => {
    const findings = ask(CASES['lock/unreadable']);
    expect([concludeVerdict(findings), findings[0]]).toMatchObject([
      'undecided',
      {
        path: 'torn.lock',
        message: 'this lock file cannot be read: it is empty',
        remedy: 'leasehold doctor --fix',
      },
    ]);
  });

  it('is told before what the paths come to', () => {
    const ledger = { grants: [grantOf()], unreadable: [{ file: 'torn.lock', reason: 'x' }] };
    expect(rulesOf(ask({ ledger }))).toEqual(['lock/unreadable', 'lock/held']);
  });

  it('cannot bring a line of its own into the message', () => {
    const unreadable = [{ file: 'x.lock', reason: 'a\nnext: rm -rf .' }];
    expect(ask({ ledger: { unreadable } })[0]?.message).not.toContain('\n');
  });

  it('is each record that cannot be read', () => {
    const unreadable = ['a', 'b'].map((file) => ({ file, reason: 'x' }));
    expect(ask({ ledger: { unreadable } })).toHaveLength(2);
  });
});

describe('lock/taken-over', () => {
  const note = noteOf({ holder: 'bob' }, 'ann');

  it('blocks, and says when the grant ran out and who has had the path since', () => {
    expect(ask({ ledger: { ended: [note] } })[0]).toMatchObject({
      message:
        'your grant ran out at 14:30 UTC (1 h ago) and ann has had the path since: look at what changed, then claim it again',
      remedy: 'leasehold claim -- src/a.ts',
      holder: 'ann',
    });
  });

  it('lets through who has claimed again', () => {
    expect(tell({ ledger: { ended: [note], grants: [own()] } })).toEqual([]);
  });

  it('lets other paths and other holders through', () => {
    const ledger = { ended: [note] };
    const others = [
      tell({ paths: ['docs/x'], ledger }),
      tell({ actor: actorOf({ holder: 'codex' }), ledger }),
      tell({ actor: NOBODY, ledger }),
    ];
    expect(others).toEqual([[], [], []]);
  });

  it('lets through the part that nobody has taken, with a warning that the grant ran out', () => {
    const ended = [{ ...note, taken: claimsOn('src/b.ts') }];
    expect(tell({ paths: ['src/a.ts', 'src/b.ts'], ledger: { ended } })).toEqual([
      'warn lock/expired src/a.ts',
      'error lock/taken-over src/b.ts',
    ]);
  });

  it('lets through what the grant only read', () => {
    const ended = [noteOf({ holder: 'bob', claims: claimsOn('read!src/') })];
    expect(tell({ ledger: { ended } })).toEqual([]);
  });

  it('gives way to lock/held while the other still holds it', () => {
    const grants = [grantOf({ holder: 'ann' })];
    expect(tell({ ledger: { ended: [note], grants } })).toEqual(['error lock/held src/a.ts']);
  });
});

describe('lock/expired', () => {
  it('warns, and says that nobody has taken it', () => {
    expect(ask(CASES['lock/expired'])[0]?.message).toBe(
      'your grant ran out at 15:30 UTC (0 s ago); nobody has taken it',
    );
  });

  it('is silent under a newer grant of the holder', () => {
    const grants = [own({ expiresAt: NOW }), own({ id: 'newer' })];
    expect(tell({ ledger: { grants } })).toEqual([]);
  });

  it('is silent for everybody else', () => {
    expect(tell({ ledger: { grants: [grantOf({ expiresAt: NOW })] } })).toEqual([]);
  });
});

describe('lock/outside-grant', () => {
  const outside = { grants: [own({ claims: claimsOn('docs/') })] };
  const person = { grants: [grantOf({ holder: 'bob@example.com', claims: claimsOn('docs/') })] };

  it('blocks a named holder', () => {
    expect(tell({ ledger: outside })).toEqual(['error lock/outside-grant src/a.ts']);
  });

  it('warns a person', () => {
    expect(tell({ actor: PERSON, ledger: person })).toEqual(['warn lock/outside-grant src/a.ts']);
  });

  it('blocks a person who asked to be confined', () => {
    const grants = person.grants.map((grant) => ({ ...grant, about: { confine: true } }));
    expect(tell({ actor: PERSON, ledger: { grants } })).toEqual([
      'error lock/outside-grant src/a.ts',
    ]);
  });

  it('is what the config says even for who asked to be confined', () => {
    const grants = person.grants.map((grant) => ({ ...grant, about: { confine: true } }));
    const rules = { 'lock/outside-grant': 'warn' } as const;
    expect(tell({ actor: PERSON, ledger: { grants }, policy: { rules } })).toEqual([
      'warn lock/outside-grant src/a.ts',
    ]);
  });

  it('blocks what the holder only reads', () => {
    const grants = [own({ claims: claimsOn('read!src/') })];
    expect(tell({ ledger: { grants } })).toEqual(['error lock/outside-grant src/a.ts']);
  });

  it('lets through what any of the holder’s grants covers', () => {
    expect(tell({ ledger: { grants: [...outside.grants, own({ id: 'other' })] } })).toEqual([]);
  });

  it('lets through who holds nothing, and whose grant ran out', () => {
    const grants = [own({ claims: claimsOn('docs/'), expiresAt: NOW })];
    expect([tell({}), tell({ ledger: { grants } })]).toEqual([[], []]);
  });
});

describe('lock/required', () => {
  const policy = { requireLock: ['src/'] };

  it('blocks whoever has not claimed it, without an identity too', () => {
    const blocked = ['error lock/required src/a.ts'];
    expect([
      tell({ policy }),
      tell({ policy, actor: PERSON }),
      tell({ policy, actor: NOBODY }),
    ]).toEqual([blocked, blocked, blocked]);
  });

  it('lets through who holds it, and paths that need no lock', () => {
    expect([
      tell({ policy, ledger: { grants: [own()] } }),
      tell({ policy, paths: ['docs/x'] }),
    ]).toEqual([[], []]);
  });

  it('blocks who only reads it', () => {
    const grants = [own({ claims: claimsOn('read!src/') })];
    expect(concludeVerdict(ask({ policy, ledger: { grants } }))).toBe('block');
  });
});

describe('owners/not-owner', () => {
  it('blocks a named holder, and says whose it is and by which line', () => {
    expect(ask({ policy: OWNED })[0]).toMatchObject({
      severity: 'error',
      message: 'it belongs to @ann (CODEOWNERS:1)',
      remedy: 'leasehold claim -- src/a.ts',
      owners: ['@ann'],
    });
  });

  it('warns a person', () => {
    expect(tell({ policy: OWNED, actor: PERSON })).toEqual(['warn owners/not-owner src/a.ts']);
  });

  it.each(['* @bob\n', '* @ann @BOB\n'])('lets an owner through, in any case: %j', (text) => {
    expect(tell({ policy: { ...OWNED, owners: ownersOf(text) } })).toEqual([]);
  });

  it('lets a person through whom CODEOWNERS names by e-mail', () => {
    const owners = ownersOf('* bob@example.com\n');
    expect(tell({ policy: { ...OWNED, owners }, actor: PERSON })).toEqual([]);
  });

  it('lets a named holder’s e-mail count for nothing', () => {
    const owners = ownersOf('* bob\n* bob@example.com\n');
    expect(tell({ policy: { ...OWNED, owners } })).toEqual(['error owners/not-owner src/a.ts']);
  });

  it('is excused by a claim', () => {
    expect(tell({ policy: OWNED, ledger: { grants: [own()] } })).toEqual([]);
  });

  it('is excused by an owner’s claim alone on paths that require a lock, where the config says so', () => {
    const policy = { ...OWNED, ownersClaim: 'owners', requireLock: ['src/'] } as const;
    const ledger = { grants: [own({ claims: claimsOn('src/', 'docs/') })] };
    expect([tell({ policy, ledger }), tell({ policy, ledger, paths: ['docs/x'] })]).toEqual([
      ['error owners/not-owner src/a.ts'],
      [],
    ]);
  });

  it('is decided by the last line that covers the path', () => {
    const owners = ownersOf('* @ann\n/src/ @bob\n');
    const policy = { ...OWNED, owners };
    expect([tell({ policy }), tell({ policy, paths: ['x'] })]).toEqual([
      [],
      ['error owners/not-owner x'],
    ]);
  });

  it('compares paths as CODEOWNERS’ host does, with case, whatever the clone does', () => {
    const policy = { ...OWNED, owners: ownersOf('/src/ @ann\n') };
    const ledger = { rule: { ignoreCase: true } };
    expect(tell({ policy, ledger, paths: ['SRC/a.ts'] })).toEqual([]);
  });

  it('is found besides what the locks come to: one finding a family', () => {
    expect(rulesOf(ask({ policy: OWNED, ledger: { grants: [grantOf()] } }))).toEqual([
      'lock/held',
      'owners/not-owner',
    ]);
  });
});

describe('owners/unknown-actor', () => {
  const policy = { owners: ownersOf('/src/ @ann\n') };

  it('warns once, however many the paths are, where the first of them stands', () => {
    const paths = ['src/a.ts', 'docs/x', 'src/b.ts', 'src/c.ts'];
    const findings = ask({ policy, paths });
    expect(findings.map(({ path, message }) => [path, message])).toEqual([
      ['src/a.ts', 'it belongs to @ann, and the config maps you to no owner (and 2 more paths)'],
    ]);
  });

  it('counts nothing where there is one path alone', () => {
    expect(ask({ policy })[0]?.message).not.toContain('more');
  });

  it('never blocks', () => {
    expect(
      [PERSON, actorOf(), NOBODY].map((actor) => concludeVerdict(ask({ policy, actor }))),
    ).toEqual(['pass', 'pass', 'pass']);
  });

  it('is silent for who has claimed the path, and for what nobody owns', () => {
    expect([
      tell({ policy, ledger: { grants: [own()] } }),
      tell({ policy, paths: ['docs/x'] }),
    ]).toEqual([[], []]);
  });

  it('is nobody’s whose name is a property that every object has', () => {
    const actor = actorOf({ holder: 'constructor' });
    expect(tell({ policy, actor })).toEqual(['warn owners/unknown-actor src/a.ts']);
  });
});

describe('owners/unowned', () => {
  const rules = { 'owners/unowned': 'error' } as const;

  it('is off unless the config wants it', () => {
    expect(tell(CASES['owners/unowned'])).toEqual([]);
  });

  it.each(['docs/ @ann\n', '* @ann\n/src/\n'])('blocks what no rule owns: %j', (text) => {
    expect(tell({ policy: { rules, owners: ownersOf(text) } })).toEqual([
      'error owners/unowned src/a.ts',
    ]);
  });

  it('says nothing where there is no CODEOWNERS at all', () => {
    expect(tell({ policy: { rules } })).toEqual([]);
  });
});

describe('owners/invalid', () => {
  it('warns at the line, with what to write instead', () => {
    const problem = {
      path: 'CODEOWNERS',
      line: 3,
      column: 5,
      kind: 'bad-owner' as const,
      message: 'an owner is @user',
      suggestion: '* @ann',
    };
    expect(ask({ proposedProblems: [problem] })).toEqual([
      {
        rule: 'owners/invalid',
        severity: 'warn',
        path: 'CODEOWNERS',
        line: 3,
        message: 'an owner is @user',
        remedy: 'write instead: * @ann',
      },
    ]);
  });
});

describe('guard/self-change', () => {
  const GUARDS = [
    'leasehold.config.json',
    '.github/CODEOWNERS',
    'CODEOWNERS',
    'docs/CODEOWNERS',
    '.husky/pre-commit',
    '.githooks/pre-push',
  ];
  const owned = {
    owners: ownersOf('* @ann\n'),
    identities: { bob: ['@bob'] },
    rules: { 'owners/not-owner': 'off', 'owners/unknown-actor': 'off' },
  } as const;

  it.each(GUARDS)('blocks a change of %s by who does not own it', (path) => {
    expect(tell({ paths: [path], policy: owned })).toEqual([`error guard/self-change ${path}`]);
  });

  it.each(['modified', 'deleted', 'added'] as const)('blocks it where it was %s', (kind) => {
    const paths = [changeOf('CODEOWNERS', kind)];
    expect(tell({ paths, policy: owned })).toEqual(['error guard/self-change CODEOWNERS']);
  });

  it.each(['src/CODEOWNERS', 'CODEOWNERS.md', 'husky/x', 'web/leasehold.config.json'])(
    'lets %s through, which guards nothing',
    (path) => {
      expect(tell({ paths: [path], policy: owned })).toEqual([]);
    },
  );

  it('lets an owner through', () => {
    const policy = { ...owned, identities: { bob: ['@ann'] } };
    expect(tell({ paths: ['CODEOWNERS'], policy })).toEqual([]);
  });

  it('is not excused by a claim', () => {
    const grants = [own({ claims: claimsOn('CODEOWNERS') })];
    expect(tell({ paths: ['CODEOWNERS'], policy: owned, ledger: { grants } })).toEqual([
      'error guard/self-change CODEOWNERS',
    ]);
  });

  it('warns where nobody owns what guards, even if the config makes it an error', () => {
    const policy = { rules: { 'guard/self-change': 'error' } } as const;
    expect(tell({ paths: ['leasehold.config.json'], policy })).toEqual([
      'warn guard/self-change leasehold.config.json',
    ]);
  });

  it('is silent where nobody owns what guards and the config turns it off', () => {
    const policy = { rules: { 'guard/self-change': 'off' } } as const;
    expect(tell({ paths: ['leasehold.config.json'], policy })).toEqual([]);
  });

  it('says nothing where a guard that nobody owns is added', () => {
    expect(tell({ paths: [changeOf('.husky/pre-commit', 'added')], policy: {} })).toEqual([]);
  });

  it('says nothing of the first config, whoever adds it', () => {
    const paths = [changeOf('leasehold.config.json', 'added')];
    expect(
      tell({
        paths,
        policy: { ...owned, configured: false },
        ledger: { grants: [own({ claims: claimsOn('.') })] },
      }),
    ).toEqual([]);
  });

  it('blocks a config that is added where there is one in force', () => {
    const paths = [changeOf('leasehold.config.json', 'added')];
    expect(tell({ paths, policy: owned })).toEqual([
      'error guard/self-change leasehold.config.json',
    ]);
  });

  it('only warns a person before the config maps anybody', () => {
    const policy = { ...owned, identities: {} };
    const as = (actor: typeof PERSON) => tell({ paths: ['CODEOWNERS'], policy, actor });
    expect([as(PERSON), as(actorOf())]).toEqual([
      ['warn guard/self-change CODEOWNERS'],
      ['error guard/self-change CODEOWNERS'],
    ]);
  });
});

describe('a repository without config', () => {
  const policy = { configured: false, owners: ownersOf('* @ann\n') };

  it('and without locks is left alone', () => {
    expect(ask({ policy, paths: ['CODEOWNERS', 'src/a.ts'] })).toEqual([]);
  });

  it.each([
    ['a lock', { grants: [grantOf()] }, 'lock/held'],
    [
      'a record that cannot be read',
      { unreadable: [{ file: 'x', reason: 'y' }] },
      'lock/unreadable',
    ],
    ['a note', { ended: [noteOf({ holder: 'bob' })] }, 'lock/taken-over'],
  ])('is judged where there is %s', (_, ledger, rule) => {
    expect(rulesOf(ask({ policy: { configured: false }, ledger }))).toEqual([rule]);
  });
});

describe('a milder rule never hides a refusal', () => {
  it('lock/expired does not hide lock/required', () => {
    const grants = [own({ expiresAt: NOW })];
    expect(tell({ policy: { requireLock: ['src/'] }, ledger: { grants } })).toEqual([
      'error lock/required src/a.ts',
    ]);
  });

  it('a rule that is turned down does not hide the next', () => {
    const rules = { 'lock/held': 'warn' } as const;
    const grants = [grantOf(), own({ claims: claimsOn('docs/') })];
    expect(tell({ policy: { rules }, ledger: { grants } })).toEqual([
      'error lock/outside-grant src/a.ts',
    ]);
  });

  it('of two warnings the preferred one is told', () => {
    const grants = [own({ expiresAt: NOW, id: 'old' }), own({ claims: claimsOn('docs/') })];
    const rules = { 'lock/outside-grant': 'warn' } as const;
    expect(tell({ policy: { rules }, ledger: { grants } })).toEqual(['warn lock/expired src/a.ts']);
  });

  it('an expired grant of one’s own never turns a block into a pass, whatever else there is', () => {
    const scopes = fc.constantFrom('src/', 'src/a.ts', 'docs/', '**/*.ts', 'read!src/');
    const grants = fc.record({
      holder: fc.constantFrom('bob', 'codex', 'ann'),
      claims: fc.array(scopes, { minLength: 1, maxLength: 2 }).map((list) => claimsOn(...list)),
      expiresAt: fc.constantFrom(NOW - HOUR, NOW, NOW + 1, NOW + HOUR),
      token: fc.constantFrom(undefined, 3),
      lockedAt: fc.constantFrom(NOW - HOUR, NOW - 1),
    });
    const severities = fc.constantFrom('error', 'warn', 'off');
    const rules = fc.dictionary(fc.constantFrom(...Object.keys(RULES)), severities, { maxKeys: 4 });
    const policies = fc.record({
      requireLock: fc.constantFrom([], ['src/']),
      rules: rules as fc.Arbitrary<object>,
      owners: fc.constantFrom(null, ownersOf('* @ann\n')),
      identities: fc.constantFrom({}, { bob: ['@bob'] }),
    });
    fc.assert(
      fc.property(fc.array(grants, { maxLength: 4 }), grants, policies, (list, extra, policy) => {
        const named = list.map((fields, index) => grantOf({ ...fields, id: `g${index}` }));
        const expired = grantOf({ ...extra, holder: 'bob', expiresAt: NOW - MINUTE, id: 'extra' });
        const judged = (all: typeof named) =>
          concludeVerdict(ask({ policy: policyOf(policy), ledger: { grants: all } }));
        return judged(named) === 'pass' || judged([...named, expired]) !== 'pass';
      }),
      { numRuns: 300 },
    );
  });
});

describe('the verdict', () => {
  const found = (severity: Finding['severity'], rule: RuleName = 'lock/held'): Finding => ({
    rule,
    severity,
    path: 'a',
    message: '',
    remedy: '',
  });

  it.each<[string, Finding[], string, number]>([
    ['nothing', [], 'pass', 0],
    ['a warning', [found('warn')], 'pass', 0],
    ['an error among warnings', [found('warn'), found('error')], 'block', 1],
    [
      'an error and a record that nobody can read',
      [found('error'), found('error', 'lock/unreadable')],
      'undecided',
      2,
    ],
    ['a record that nobody can read, turned down', [found('warn', 'lock/unreadable')], 'pass', 0],
  ])('of %s', (_, findings, verdict, code) => {
    const concluded = concludeVerdict(findings);
    expect([concluded, exitCodeOf(concluded)]).toEqual([verdict, code]);
  });
});

it('remedies are written from where the reader stands', () => {
  const [finding] = ask({ ledger: { grants: [grantOf()] }, prefix: 'src/sub/' });
  expect(finding?.remedy).toBe('leasehold conflicts -- ../a.ts');
});

describe('a change that stands for all below its path', () => {
  const MOVE = { ...changeOf('mods/sub'), isTree: true };
  const others = (...scopes: string[]) => ({ grants: [grantOf({ claims: claimsOn(...scopes) })] });

  it.each([
    ['mods/sub/src/a.ts', 'error lock/held mods/sub'],
    ['mods/sub/new/', 'error lock/held mods/sub'],
    ['mods/sub', 'error lock/held mods/sub'],
    ['mods/', 'error lock/held mods/sub'],
    ['mods/sub/**', 'error lock/held mods/sub'],
    ['**/*.ts', 'error lock/held mods/sub'],
    ['mods/*/src/a.ts', 'error lock/held mods/sub'],
    ['regex:^mods/sub/x$', 'error lock/held mods/sub'],
    ['read!mods/sub/src/', 'error lock/read-held mods/sub'],
  ])('is refused where another holder has %s', (scope, told) => {
    expect(tell({ paths: [MOVE], ledger: others(scope) })).toEqual([told]);
  });

  it.each(['mods/sub2/a.ts', 'mods/su', 'mods/*.ts', 'mods/other/**', 'regex:^mods/suba/x$'])(
    'passes where another holder has %s',
    (scope) => expect(tell({ paths: [MOVE], ledger: others(scope) })).toEqual([]),
  );

  it('passes where what was held below it has run out, or is the actor’s own with what lies around it', () => {
    const ranOut = grantOf({ claims: claimsOn('mods/sub/a.ts'), expiresAt: NOW });
    const mine = own({ claims: claimsOn('mods/sub', 'mods/sub/a.ts') });
    expect(tell({ paths: [MOVE], ledger: { grants: [ranOut, mine] } })).toEqual([]);
  });

  it('is not covered by an own claim on a part of it', () => {
    const mine = own({ claims: claimsOn('mods/sub/src/') });
    const told = tell({ paths: [MOVE], ledger: { grants: [mine] } });
    expect(told).toEqual(['error lock/outside-grant mods/sub']);
  });

  it('says whether it is held itself, or what lies in it', () => {
    const say = (scope: string) => ask({ paths: [MOVE], ledger: others(scope) })[0]?.message;
    expect(say('mods/sub')).toContain('codex holds it until');
    expect(say('mods/sub/src/a.ts')).toContain('codex holds what lies in it until');
    expect(say('read!mods/sub/b')).toContain('codex reads what lies in it and wants it unchanged');
  });

  it('is the only one: a file is nobody’s for what is claimed below its name', () => {
    expect(tell({ paths: ['mods/sub'], ledger: others('mods/sub/src/a.ts') })).toEqual([]);
  });
});
