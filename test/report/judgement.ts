import type { Finding, Judgement } from '../../src/guard/index.ts';
import { concludeVerdict } from '../../src/guard/index.ts';
import { createPalette } from '../../src/report/index.ts';
import { actorOf, changeOf } from '../guard/question.ts';

/** No colours: what is tested is the words. */
export const PLAIN = createPalette({ isTTY: false }, {});

export const findingOf = (fields: Partial<Finding> = {}): Finding => ({
  rule: 'lock/held',
  severity: 'error',
  path: 'src/a.ts',
  message: 'codex holds it',
  remedy: 'leasehold conflicts -- src/a.ts',
  ...fields,
});

export const judgementOf = (
  findings: readonly Finding[],
  fields: Partial<Judgement> = {},
): Judgement => ({
  verdict: concludeVerdict(findings),
  actor: actorOf(),
  findings,
  changes: findings.map(({ path }) => changeOf(path)),
  canSplit: true,
  failure: undefined,
  mode: 'enforce',
  notJudged: [],
  trailers: [],
  bypass: 'people',
  ...fields,
});
