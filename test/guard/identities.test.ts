import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/guard/actor.ts';
import { isMapped, listActorOwners } from '../../src/guard/identities.ts';
import { checkConfigScopes, createPolicy } from '../../src/guard/policy.ts';
import { resolveTeams } from '../../src/guard/teams.ts';
import { defaultConfig } from '../../src/kit/config.ts';

type Identities = Record<string, string[]>;

const configOf = (identities: Identities) => {
  const config = defaultConfig({ guard: [], exports: [] });
  return { ...config, owners: { ...config.owners, identities } };
};
const policyOf = (identities: Identities) => createPolicy(configOf(identities), true, null);

const holder = (name: string): Actor => ({
  holder: name,
  source: 'environment',
  named: true,
  email: undefined,
  session: undefined,
});
const person = (email: string): Actor => ({
  ...holder(email),
  source: 'email',
  named: false,
  email,
});

const ownersOf = (actor: Actor, identities: Identities) =>
  listActorOwners(actor, policyOf(identities)).toSorted();

describe('whom an actor stands for', () => {
  it('is what the config maps a holder to, compared exactly', () => {
    const identities = { codex: ['@ralph/owner:codex'] };
    expect(ownersOf(holder('codex'), identities)).toEqual(['@ralph/owner:codex']);
    expect(ownersOf(holder('Codex'), identities)).toEqual([]);
  });

  it('is what the config maps a person’s e-mail to, without case, and the e-mail itself', () => {
    const identities = { 'Ann@Example.com': ['@ann'] };
    expect(ownersOf(person('ann@example.com'), identities)).toEqual(['@ann', 'ann@example.com']);
  });

  it('is nobody for a name that objects have of their own', () => {
    expect(ownersOf(holder('constructor'), {})).toEqual([]);
    expect(isMapped(holder('__proto__'), policyOf({}))).toBe(false);
  });

  it('is everything that a glob over holders maps them to, beside what their own name does', () => {
    const identities = { 'codex/*': ['@bots'], 'codex/12': ['@ralph/owner:codex'], '*': ['@all'] };
    expect(ownersOf(holder('codex/12'), identities)).toEqual(['@bots', '@ralph/owner:codex']);
    expect(ownersOf(holder('codex/7'), identities)).toEqual(['@bots']);
    expect(ownersOf(holder('codex'), identities)).toEqual(['@all']);
    expect(ownersOf(holder('codex/7/a'), identities)).toEqual([]);
  });

  it('is no more than the name for a holder below another one', () => {
    expect(ownersOf(holder('codex/12'), { codex: ['@a'] })).toEqual([]);
  });
});

describe('teams', () => {
  it('have members by login, by e-mail and by holder', () => {
    const identities = {
      '@org/core': ['@ann', 'ben@example.com', 'codex'],
      'ann@example.com': ['@ann'],
    };
    expect(ownersOf(person('ann@example.com'), identities)).toEqual([
      '@ann',
      '@org/core',
      'ann@example.com',
    ]);
    expect(ownersOf(person('ben@example.com'), identities)).toEqual([
      '@org/core',
      'ben@example.com',
    ]);
    expect(ownersOf(holder('codex'), identities)).toEqual(['@org/core']);
    expect(ownersOf(holder('cody'), identities)).toEqual([]);
  });

  it('may be members of teams, and of each other', () => {
    const identities = {
      '@org/all': ['@org/core', '@org/docs'],
      '@org/core': ['@ann', '@org/all'],
      codex: ['@ANN'],
    };
    expect(ownersOf(holder('codex'), identities)).toEqual(['@ANN', '@org/all', '@org/core']);
  });

  it('may have members by glob, and by label', () => {
    const identities = { '@org/bots': ['codex/*', '@ralph/owner:gem'], gem: ['@ralph/owner:gem'] };
    expect(ownersOf(holder('codex/1'), identities)).toEqual(['@org/bots']);
    expect(ownersOf(holder('gem'), identities)).toEqual(['@org/bots', '@ralph/owner:gem']);
  });

  it('are listed for a login as for whoever is mapped to it', () => {
    expect(resolveTeams({ '@ann': ['@org/docs'], '@org/core': ['@ann'] })).toEqual({
      '@ann': ['@org/docs', '@org/core'],
    });
  });
});

describe('whether the config knows an actor', () => {
  it('says yes where it maps them, be it to nothing', () => {
    expect(isMapped(holder('codex'), policyOf({ codex: [] }))).toBe(true);
    expect(isMapped(holder('codex/1'), policyOf({ '@org/bots': ['codex/*'] }))).toBe(true);
  });

  it('says no of everybody else', () => {
    expect(isMapped(holder('codex'), policyOf({ gem: ['@gem'] }))).toBe(false);
    expect(isMapped({ ...holder(''), holder: undefined }, policyOf({}))).toBe(false);
  });
});

describe('a glob that is none', () => {
  it('is a fault of the config, told with its key', () => {
    expect(checkConfigScopes(configOf({ 'a/../*': ['@a'] }))).toEqual([
      { path: 'owners.identities.a/../*', message: 'it has a .. in it' },
    ]);
  });
});
