import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../src/guard/index.ts';
import { Undecided } from '../../src/kit/errors.ts';
import { printable, visible } from '../../src/kit/quote.ts';
import { renderGithub } from '../../src/report/index.ts';
import { findingOf, judgementOf } from './judgement.ts';
import { readLog } from './workflow-commands.ts';

const RANGE = { name: 'range', prefix: '' };
const render = (judgement: Judgement, verbose = false): string =>
  renderGithub(judgement, { ...RANGE, verbose });

const many = (count: number, fields: Partial<Finding> = {}): Finding[] =>
  Array.from({ length: count }, (_, at) => findingOf({ path: `src/${at}`, ...fields }));

describe('a judgement for a workflow', () => {
  it('is an annotation a finding, and a last line that sums up', () => {
    const finding = findingOf({ path: 'CODEOWNERS', line: 7, commit: '0123456789abcdef' });
    expect(render(judgementOf([finding])).split('\n')).toEqual([
      '::error file=CODEOWNERS,line=7,title=leasehold lock/held::codex holds it (in 0123456789)%0Anext: leasehold conflicts -- src/a.ts',
      'leasehold: range refused: 1 error',
    ]);
  });

  it('has the errors before the warnings', () => {
    const findings = [findingOf({ severity: 'warn', path: 'w' }), findingOf({ path: 'e' })];
    const { commands, lines } = readLog(render(judgementOf(findings)));
    expect(commands.map(({ name, properties }) => [name, properties.file])).toEqual([
      ['error', 'e'],
      ['warning', 'w'],
    ]);
    expect(lines).toEqual(['leasehold: range refused: 1 error, 1 warning']);
  });

  it('has ten of a kind at most, and says how many it left out', () => {
    const findings = [...many(500), ...many(30, { severity: 'warn' })];
    const { commands, lines } = readLog(render(judgementOf(findings)));
    const count = (kind: string) => commands.filter(({ name }) => name === kind).length;
    expect([count('error'), count('warning'), commands.length]).toEqual([10, 10, 20]);
    expect(lines).toEqual([
      'leasehold: range refused: 500 errors, 30 warnings; 510 findings not annotated, for the host shows 10 of a kind (--verbose puts them into the log)',
    ]);
  });

  it('puts what it left out into the log where all of it is asked for', () => {
    const { commands, lines } = readLog(render(judgementOf(many(500)), true));
    expect([commands.length, lines.length]).toEqual([10, 491]);
    expect(lines[0]).toBe('error lock/held src/10: codex holds it');
    expect(lines.at(-1)).toBe('leasehold: range refused: 500 errors');
  });

  it('has every holder among the ten', () => {
    const findings = ['a', 'b', 'c'].flatMap((holder) => many(50, { holder, message: holder }));
    const { commands } = readLog(render(judgementOf(findings)));
    const told = new Set(commands.map(({ message }) => message.split('\n')[0]));
    expect([...told].sort()).toEqual(['a', 'b', 'c']);
  });

  it('says what was not judged as a notice and in the sum, however green the rest is', () => {
    expect(render(judgementOf([], { notJudged: ['lock/*'] })).split('\n')).toEqual([
      '::notice title=leasehold::not judged: lock/*',
      'leasehold: nothing stands against this range; not judged: lock/*',
    ]);
  });

  it('says why it could not decide, in one annotation', () => {
    const failure = new Undecided('config-invalid', 'not valid:\n  ::error::a: b', 'mend it');
    const judgement = judgementOf([], { verdict: 'undecided', failure });
    expect(readLog(render(judgement))).toEqual({
      commands: [
        {
          name: 'error',
          properties: { title: 'leasehold could not decide' },
          message: 'not valid:\n  \\x3a:error::a: b\nnext: mend it',
        },
      ],
      lines: ['leasehold: could not decide on the range'],
    });
    expect(render({ ...judgement, verdict: 'pass' })).toMatch(/^::warning .*\n.*lets it pass$/);
  });

  it('names a lock file that cannot be read, which is no file of the repository', () => {
    const finding = findingOf({ rule: 'lock/unreadable', path: 'torn.lock', message: 'torn' });
    const [command] = readLog(render(judgementOf([finding]))).commands;
    expect(command?.properties).toEqual({ title: 'leasehold lock/unreadable' });
    expect(command?.message).toContain('torn.lock: torn');
  });
});

/** Control characters, and marks that turn text around. */
const DANGEROUS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const hostile = fc.string({
  unit: fc.constantFrom(
    'a',
    '/',
    ' ',
    '\n',
    '\r',
    '\u001b[31m',
    '::',
    '::error::',
    '##[add-mask]',
    '%',
    '%0A',
    '%25',
    ',',
    ':',
    '=',
    '\u202e',
    '\udc80',
  ),
  minLength: 1,
  maxLength: 12,
});

it('reads back as what was found, and as nothing else, whatever names and texts there are', () => {
  const one = fc.record({
    path: hostile.map((path) => `x${path}`),
    message: hostile,
    remedy: hostile,
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 14 }), fc.boolean(), (found, verbose) => {
      const findings = found.map((fields) => findingOf(fields));
      const log = render(judgementOf(findings), verbose);
      const { commands, lines } = readLog(log);
      const read = commands.map(({ name, properties, message }) =>
        JSON.stringify([name, properties.file, properties.title, message]),
      );
      const written = findings.map(({ path, message, remedy }) =>
        JSON.stringify([
          'error',
          // A place is a name that the host looks for.
          visible(path),
          'leasehold lock/held',
          `${printable(message)}\nnext: ${printable(remedy)}`,
        ]),
      );
      const hidden = Math.max(0, found.length - 10);
      expect(read).toHaveLength(found.length - hidden);
      for (const command of read) expect(written).toContain(command);
      expect(lines).toHaveLength(verbose ? hidden + 1 : 1);
      expect(log).not.toMatch(DANGEROUS);
    }),
  );
});
