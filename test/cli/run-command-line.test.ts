import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { runCommandLine } from '../../src/cli/run-command-line.ts';
import { VERSION } from '../../src/kit/version.ts';
import { createFakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { PLAIN } from '../report/judgement.ts';

/** Runs one command line where there is no repository, and keeps what was said. */
const run = async (...argv: string[]) => {
  const [printed, told]: [string[], string[]] = [[], []];
  const clock = createFakeClock();
  const context: Context = {
    cwd: '/',
    env: { PATH: process.env.PATH, GIT_DIR: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
    files: createMemoryFiles(clock),
    clock,
    host: 'here',
    findScratch: () => undefined,
    random: () => 0,
    createId: () => 'id',
    bundle: '/dist',
    parentPid: 0,
    readInput: () => Buffer.alloc(0),
    startInput: () => ({ first: Buffer.alloc(0), rest: null }),
    isTerminal: false,
    findRealPath: (path) => path,
    isFile: () => false,
    findNetworkFileSystem: () => undefined,
    print: (text) => printed.push(text),
    tell: (text) => told.push(text),
    palette: PLAIN,
    errorPalette: PLAIN,
  };
  const code = await runCommandLine(argv, context);
  return { code, printed: printed.join('\n'), told: told.join('\n') };
};

const verbs = Object.keys(COMMANDS);

describe('help', () => {
  it.each(['--help', '-h', 'help'])('is an overview of every verb: %s', async (word) => {
    const { code, printed } = await run(word);
    const missing = verbs.filter((verb) => !printed.includes(`\n  ${verb} `));
    expect({ code, missing }).toEqual({ code: 0, missing: [] });
  });

  it('is shown where nothing was asked, which is no success', async () => {
    const { code, printed } = await run();
    expect([code, printed]).toEqual([2, (await run('--help')).printed]);
  });

  it.each(Object.entries(COMMANDS))(
    'of %s is its usage, an example and each of its options',
    async (verb, { command }) => {
      const { code, printed } = await run(verb, '--help');
      const missing = Object.keys(command.options).filter((name) => !printed.includes(`--${name}`));
      expect({ code, missing }).toEqual({ code: 0, missing: [] });
      expect(printed.startsWith(`leasehold ${verb}`)).toBe(true);
      expect(printed).toContain('Examples:');
    },
  );

  it('of a verb is there the other way round too', async () => {
    expect(await run('help', 'claim')).toEqual(await run('claim', '--help'));
    expect((await run('help', 'clam')).told).toContain('next: leasehold claim');
  });

  it('of a verb runs nothing, whatever else is asked', async () => {
    expect((await run('claim', '-h', 'src/')).code).toBe(0);
  });
});

describe('the version', () => {
  it.each(['--version', '-v'])('is printed alone: %s', async (word) => {
    expect(await run(word)).toEqual({ code: 0, printed: VERSION, told: '' });
  });
});

describe('a command line that is not understood', () => {
  it('could not be decided on, and the nearest verb is the remedy', async () => {
    expect(await run('relese')).toEqual({
      code: 2,
      printed: '',
      told: 'leasehold: there is no command relese\nnext: leasehold release',
    });
  });

  it('leads to the help where no verb is near', async () => {
    expect((await run('frobnicate')).told).toContain('next: leasehold --help');
  });

  it.each(['constructor', '__proto__', 'toString'])('is one with the verb %s', async (verb) => {
    expect((await run(verb)).told).toContain(`there is no command ${verb}`);
  });

  it('cannot start a line of its own', async () => {
    const { told } = await run('x\nnext: rm -rf .');
    expect(told.split('\n')).toHaveLength(2);
  });

  it('is one with an option that the verb does not have', async () => {
    expect(await run('claim', '--forever', 'src/')).toEqual({
      code: 2,
      printed: '',
      told: "leasehold: Unknown option '--forever'\nnext: leasehold claim --help",
    });
  });

  it('is one with an option that lacks its value', async () => {
    expect(await run('claim', 'src/', '--ttl')).toMatchObject({
      code: 2,
      told: expect.stringContaining('--ttl'),
    });
  });

  it('is one with a value that begins with a dash, and says how to write it', async () => {
    expect((await run('ask', '-m', '-please', 'src/')).told).toBe(
      'leasehold: -m wants a value; one that begins with a dash is written --message=VALUE\n' +
        'next: leasehold ask --help',
    );
  });

  it('is told as one JSON object where JSON was asked for', async () => {
    const { code, printed, told } = await run('claim', '--forever', '--json');
    expect({ code, told, object: JSON.parse(printed) }).toEqual({
      code: 2,
      told: '',
      object: {
        version: 1,
        error: {
          code: 'usage',
          message: "Unknown option '--forever'",
          remedy: 'leasehold claim --help',
        },
      },
    });
  });

  it('is told as JSON for an unknown verb too', async () => {
    const { code, printed } = await run('relese', '--json');
    expect([code, JSON.parse(printed).error.code]).toEqual([2, 'usage']);
  });
});

describe('a verb that cannot decide', () => {
  const inNoRepository = ['status', 'claim', 'check', 'whoami', 'log', 'release', 'renew'];
  const argsOf = (verb: string) => (verb === 'claim' ? [verb, 'src/'] : [verb]);

  it.each(inNoRepository)('ends with 2 and the remedy: %s', async (verb) => {
    expect(await run(...argsOf(verb))).toEqual({
      code: 2,
      printed: '',
      told: 'leasehold could not decide: the git directory that git is led to is not there: /nonexistent\nnext: unset GIT_DIR',
    });
  });

  it.each(inNoRepository)('says so as JSON where that was asked for: %s', async (verb) => {
    const { code, printed, told } = await run(...argsOf(verb), '--json');
    expect([code, told, JSON.parse(printed).error.code]).toEqual([2, '', 'not-a-repository']);
  });
});
