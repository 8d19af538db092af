/** What hooks, and holders at work, ask for; the build puts these verbs alone into a bundle of their own. */
export const DAILY_VERBS: readonly string[] = [
  'hook',
  'check',
  'audit',
  'claim',
  'release',
  'extend',
  'renew',
  'status',
  'conflicts',
  'owners',
  'whoami',
];
