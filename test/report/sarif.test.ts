import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reportable, toSarif } from '../../src/report/sarif.ts';
import { assertSarif } from './sarif-schema.ts';

const RULES = {
  meanings: { 'owners/dead': 'a rule that matches no file', 'owners/invalid': 'a skipped line' },
  advice: 'Mend it.',
};

const finding = (fields: Partial<Reportable> = {}): Reportable => ({
  rule: 'owners/dead',
  severity: 'warn',
  path: '.github/CODEOWNERS',
  line: 3,
  column: 2,
  name: '/gone',
  message: '/gone matches no file of the tree',
  remedy: 'take line 3 out',
  ...fields,
});

const runOf = (findings: Reportable[]) => {
  const [run] = toSarif(findings, RULES).runs;
  if (!run) throw new Error('there is no run');
  return run;
};
const fingerprintsOf = (findings: Reportable[]) =>
  runOf(findings).results.map((result) => result.partialFingerprints['leasehold/v1']);

describe('a SARIF log', () => {
  it('is of version 2.1.0, and has the rules with their sentences', () => {
    const log = toSarif([], RULES);
    expect(log).toMatchObject({
      version: '2.1.0',
      $schema: expect.stringContaining('sarif-2.1.0'),
    });
    expect(runOf([]).tool.driver).toMatchObject({
      name: 'leasehold',
      rules: [
        {
          id: 'owners/dead',
          shortDescription: { text: 'a rule that matches no file' },
          help: { text: 'a rule that matches no file. Mend it.' },
        },
        {
          id: 'owners/invalid',
          shortDescription: { text: 'a skipped line' },
          help: { text: 'a skipped line. Mend it.' },
        },
      ],
    });
  });

  it('has a result a finding: rule, level, place, and what to do', () => {
    const { results } = runOf([finding({ rule: 'owners/invalid', severity: 'error' })]);
    expect(results).toEqual([
      {
        ruleId: 'owners/invalid',
        ruleIndex: 1,
        level: 'error',
        message: { text: '/gone matches no file of the tree. Next: take line 3 out' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: '.github/CODEOWNERS', uriBaseId: '%SRCROOT%' },
              region: { startLine: 3, startColumn: 2 },
            },
          },
        ],
        partialFingerprints: { 'leasehold/v1': expect.any(String) },
      },
    ]);
  });

  it('has no region where a finding has no line', () => {
    const { line, column, ...whole } = finding();
    const [result] = runOf([whole]).results;
    expect(result?.locations[0]?.physicalLocation).not.toHaveProperty('region');
  });

  it('writes any path as a relative URI', () => {
    const uris = ['a b/#c.ts', 'é%/x', 'a\udc80', '-n\n'].map(
      (path) =>
        runOf([finding({ path })]).results[0]?.locations[0]?.physicalLocation.artifactLocation.uri,
    );
    expect(uris).toEqual(['a%20b/%23c.ts', '%C3%A9%25/x', 'a%EF%BF%BD', '-n%0A']);
  });

  it('shows control characters as escapes', () => {
    const [result] = runOf([finding({ message: 'a\u001b[31m' })]).results;
    expect(result?.message.text).toContain('a\\x1b[31m');
  });

  it('makes no link out of somebody’s text', () => {
    const link = '[mended](https://example.com/x)';
    const place = { path: 'src/a.ts', line: 1, column: 1, message: link };
    const told = finding({ message: link, remedy: link, related: place, suppressed: link });
    const log = JSON.stringify(toSarif([told], RULES, [{ level: 'warning', text: link }]));
    expect(log.split('[mended] (https')).toHaveLength(6);
    expect(log).not.toContain('](');
  });
});

it('is what the schema of 2.1.0 asks for, whatever names there are', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '/', '.', '%', '#', '?', ':', ' ', '\n', '\u001b', '\udc80', 'é'),
  });
  const any = fc.record({
    rule: fc.constantFrom('owners/dead', 'owners/invalid'),
    severity: fc.constantFrom('error' as const, 'warn' as const),
    path: text.map((name) => `x${name}`),
    line: fc.integer({ min: 1, max: 99 }),
    message: text,
    remedy: text,
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 8 }), (findings) => {
      assertSarif(toSarif(findings, RULES, [{ level: 'error', text: 'why' }]));
    }),
  );
});

describe('a fingerprint', () => {
  it('stays when lines come before it', () => {
    const later = finding({
      line: 9,
      message: '/gone matches no file of the tree',
      remedy: 'take line 9 out',
    });
    expect(fingerprintsOf([later])).toEqual(fingerprintsOf([finding()]));
  });

  it('is another one for another rule, path or name', () => {
    const all = [{}, { rule: 'owners/invalid' }, { path: 'CODEOWNERS' }, { name: '/other' }];
    const prints = all.flatMap((fields) => fingerprintsOf([finding(fields)]));
    expect(new Set(prints).size).toBe(4);
  });

  it('counts up where the same is said twice', () => {
    const prints = fingerprintsOf([finding(), finding({ line: 5 })]);
    expect(new Set(prints).size).toBe(2);
  });
});
