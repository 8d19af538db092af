import { describe, expect, it } from 'vitest';
import { createDefaultConfig, readConfig } from '../../src/guard/load.ts';
import { Undecided } from '../../src/kit/errors.ts';
import { VERSION } from '../../src/kit/version.ts';

const thrownBy = (config: unknown): Undecided => {
  try {
    readConfig(JSON.stringify(config), 'leasehold.config.json of HEAD');
  } catch (error) {
    if (error instanceof Undecided) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('a config that is read', () => {
  it('is taken where all of it is valid', () => {
    const config = readConfig('{"guard":{"exempt":["tasks/**"]}}', 'leasehold.config.json of HEAD');
    expect(config.guard.exempt).toEqual(['tasks/**']);
  });

  it('is the default one where it says nothing, which a bundle may have as JSON', () => {
    const config = createDefaultConfig();
    expect(readConfig('{}', 'leasehold.config.json of HEAD')).toStrictEqual(config);
    expect(JSON.parse(JSON.stringify(config))).toStrictEqual(config);
  });

  it('is refused with everything that is wrong, and which version of it is meant', () => {
    const failure = thrownBy({ guard: { mode: 'x' }, locks: { ttl: 1 } });
    expect(failure).toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(
        /^leasehold\.config\.json of HEAD is not valid:\n.*ttl.*\n.*mode/,
      ),
    });
  });

  it.each([
    ['guard.requireLock.1', { guard: { requireLock: ['src/', '../x'] } }],
    ['guard.exempt.0', { guard: { exempt: ['regex:('] } }],
    ['guard.exempt.0', { guard: { exempt: [''] } }],
    ['guard.requireLock.0', { guard: { requireLock: ['/abs'] } }],
  ])('is refused where a scope is none, and %s is named', (place, config) => {
    expect(thrownBy(config).message).toContain(`${place}: `);
  });

  it.each(['0.0.1', VERSION])('is taken where it asks for %s or newer', (minVersion) => {
    expect(
      readConfig(JSON.stringify({ minVersion }), 'leasehold.config.json of HEAD').minVersion,
    ).toBe(minVersion);
  });

  it.each(['0.1.1', '0.2.0', '1.0.0', '0.10.0', '10.0.0'])(
    'stops where it asks for %s, with the remedy',
    (minVersion) => {
      expect(thrownBy({ minVersion })).toMatchObject({
        code: 'min-version',
        remedy: expect.stringContaining(`leasehold@^${minVersion}`),
      });
    },
  );

  it('asks for the newer leasehold first, whatever that would know and this one does not', () => {
    expect(thrownBy({ minVersion: '9.0.0', webhooks: {} }).code).toBe('min-version');
  });
});
