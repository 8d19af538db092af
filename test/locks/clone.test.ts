import { describe, expect, it } from 'vitest';
import { Undecided } from '../../src/kit/errors.ts';
import {
  type CloneSettings,
  loadSettings,
  locateClone,
  saveSettings,
} from '../../src/locks/clone.ts';
import { createFakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles, type MemoryFiles } from '../kit/memory-files.ts';

const PATH = '/repo/.git/leasehold/clone.json';
const SETTINGS: CloneSettings = { version: 1, store: 'file', locks: null, ignoreCase: false };

const filesWith = (text?: string): MemoryFiles => {
  const files = createMemoryFiles(createFakeClock());
  if (text !== undefined) files.put(PATH, text);
  return files;
};
const load = (text?: string) => loadSettings(filesWith(text), '/repo/.git');

describe('the settings of a clone', () => {
  it('are none where nobody has fixed them', () => {
    expect(load()).toBeUndefined();
  });

  it.each([SETTINGS, { ...SETTINGS, locks: '/out/locks', ignoreCase: true }])(
    'come back as they were saved: %j',
    (settings) => {
      const files = filesWith();
      saveSettings(files, '/repo/.git', settings);
      expect(loadSettings(files, '/repo/.git')).toEqual(settings);
    },
  );

  it('replace earlier ones in one step, and leave nothing beside them', () => {
    const files = filesWith(JSON.stringify(SETTINGS));
    saveSettings(files, '/repo/.git', { ...SETTINGS, ignoreCase: true });
    expect(Object.keys(files.all())).toEqual([PATH]);
    expect(files.calls.map((call) => call.name)).not.toContain('append');
  });

  it('are saved past what a process left that died while it saved them', () => {
    const files = filesWith();
    files.put(`${PATH}.${process.pid}`, '{"ver');
    saveSettings(files, '/repo/.git', SETTINGS);
    expect(loadSettings(files, '/repo/.git')).toEqual(SETTINGS);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...SETTINGS, version: 2 }),
    JSON.stringify({ ...SETTINGS, store: 'git' }),
    JSON.stringify({ ...SETTINGS, locks: '' }),
    JSON.stringify({ ...SETTINGS, locks: undefined }),
    JSON.stringify({ ...SETTINGS, locks: 7 }),
    JSON.stringify({ ...SETTINGS, ignoreCase: 'no' }),
  ])('that are spoiled are not passed over, for the locks may lie elsewhere: %s', (text) => {
    expect(() => load(text)).toThrow(Undecided);
  });

  it('are moved aside where they are spoiled, and never where a later version has written them', () => {
    expect(() => load('{')).toThrow(
      expect.objectContaining({ remedy: `mv -- ${PATH} ${PATH}.spoiled && leasehold init` }),
    );
    expect(() => load(JSON.stringify({ ...SETTINGS, version: 2 }))).toThrow(
      expect.objectContaining({ code: 'min-version' }),
    );
  });

  it('that cannot be read cannot be decided on', () => {
    const files = filesWith();
    files.refuse(PATH, 'permission denied');
    expect(() => loadSettings(files, '/repo/.git')).toThrow(
      expect.objectContaining({
        message: `${PATH} says where the locks are, and cannot be read`,
        remedy: `chmod u+rw -- ${PATH}`,
      }),
    );
  });
});

describe('the places of a clone', () => {
  it('lie in the common directory', () => {
    expect(locateClone('/repo/.git', SETTINGS)).toEqual({
      places: {
        locks: '/repo/.git/leasehold/locks',
        isOutside: false,
        claims: '/repo/.git/leasehold/claims',
        tokens: '/repo/.git/leasehold/tokens',
        ended: '/repo/.git/leasehold/ended',
        queue: '/repo/.git/leasehold/queue',
        asks: '/repo/.git/leasehold/asks',
        quarantine: '/repo/.git/leasehold/quarantine',
        index: '/repo/.git/leasehold/locks.index',
        drafts: '/repo/.git/leasehold/drafts',
        log: '/repo/.git/leasehold/log.jsonl',
        oldLogs: '/repo/.git/leasehold/log',
      },
      rule: { ignoreCase: false },
    });
  });

  it('keep beside locks that lie elsewhere what must be renamed there, and nothing else', () => {
    const { places } = locateClone('/repo/.git', { ...SETTINGS, locks: '/out/locks' });
    expect(places).toEqual({
      locks: '/out/locks',
      isOutside: true,
      claims: '/out/locks.claims',
      tokens: '/repo/.git/leasehold/tokens',
      ended: '/repo/.git/leasehold/ended',
      queue: '/repo/.git/leasehold/queue',
      asks: '/repo/.git/leasehold/asks',
      quarantine: '/out/locks.quarantine',
      index: '/repo/.git/leasehold/locks.index',
      drafts: '/repo/.git/leasehold/drafts',
      log: '/repo/.git/leasehold/log.jsonl',
      oldLogs: '/repo/.git/leasehold/log',
    });
  });

  it('compare paths as was fixed for the clone', () => {
    const clone = locateClone('/repo/.git', { ...SETTINGS, ignoreCase: true });
    expect(clone.rule).toEqual({ ignoreCase: true });
  });
});
