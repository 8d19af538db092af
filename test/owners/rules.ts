import type { OwnersRule, OwnersRules } from '../../src/owners/index.ts';

/** Rules as GitHub has them: one section without a name. */
export const githubRules = (rules: readonly OwnersRule[]): OwnersRules => ({
  dialect: 'github',
  sections: [{ name: null, line: null, optional: false, approvals: 1, rules: [...rules] }],
});
