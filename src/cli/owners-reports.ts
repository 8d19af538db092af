import {
  concludeVerdict,
  createPolicy,
  exitCodeOf,
  type Finding,
  RULE_MEANINGS,
} from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { lintOwners, OWNERS_LINT_RULES } from '../owners/index.ts';
import {
  countOwners,
  JSON_VERSION,
  type OwnersAnswer,
  type OwnersSource,
  type RuleBook,
  renderOwnersAnswer,
  renderOwnersLint,
  renderOwnersStats,
  toOwnersCsv,
  toOwnersJson,
  toOwnersLintCsv,
  toOwnersStatsCsv,
  toSarif,
} from '../report/index.ts';
import { type Context, type Format, printJson } from './command.ts';
import type { OwnersSide } from './owners-side.ts';

/** A command line of `owners` that makes no sense. */
export const usage = (message: string): Undecided =>
  new Undecided('usage', message, 'leasehold owners --help');

const sourceOf = ({ owners }: OwnersSide): OwnersSource => ({
  path: owners.path,
  hasSections: owners.dialect === 'gitlab',
});

const noSarif = (): Undecided => usage('--format sarif goes with --lint or --unowned');

/** Paths with their owners, in the form that was asked for. */
export const printAnswers = (
  context: Context,
  side: OwnersSide,
  answers: readonly OwnersAnswer[],
  format: Format,
): void => {
  const source = sourceOf(side);
  if (format === 'sarif') throw noSarif();
  if (format === 'csv') context.print(toOwnersCsv(answers));
  else if (format === 'json') printJson(context, toOwnersJson(answers, source));
  else if (answers.length > 0) {
    const lines = answers.map((answer) => renderOwnersAnswer(answer, source, context.palette));
    context.print(lines.join('\n'));
  }
};

const bookOf = (meanings: Readonly<Record<string, string>>): RuleBook => ({
  meanings,
  advice: '`leasehold owners --explain PATH` shows every line that covers a path.',
});

const toUnownedFinding = ({ path }: OwnersAnswer, side: OwnersSide): Finding => ({
  rule: 'owners/unowned',
  severity: side.config.guard.rules['owners/unowned'] === 'error' ? 'error' : 'warn',
  path,
  message: `no rule of ${side.owners.path} owns it`,
  remedy: 'add a rule for it to CODEOWNERS',
});

/** What nobody owns; exits with 1 where the config calls that an error. */
export const reportUnowned = (
  context: Context,
  side: OwnersSide,
  unowned: readonly OwnersAnswer[],
  format: Format,
): number => {
  const findings = unowned.map((answer) => toUnownedFinding(answer, side));
  if (format === 'sarif') {
    const rule = 'owners/unowned';
    printJson(context, toSarif(findings, bookOf({ [rule]: RULE_MEANINGS[rule] })));
  } else printAnswers(context, side, unowned, format);
  return exitCodeOf(concludeVerdict(findings));
};

/** How many files each owner has. */
export const reportStats = (
  context: Context,
  answers: readonly OwnersAnswer[],
  format: Format,
): void => {
  const stats = countOwners(answers.map(({ ownership }) => ownership));
  if (format === 'sarif') throw noSarif();
  if (format === 'json') printJson(context, { version: JSON_VERSION, ...stats });
  else if (format === 'csv') context.print(toOwnersStatsCsv(stats));
  else context.print(renderOwnersStats(stats, context.palette));
};

/** What is wrong with the file, or idle in it; 1 where the host skips something. */
export const reportLint = async (
  context: Context,
  side: OwnersSide,
  format: Format,
): Promise<number> => {
  const { owners, config } = side;
  const { identities } = createPolicy(config, true, null);
  const known = [...Object.keys(identities), ...Object.values(identities).flat()];
  const findings = lintOwners({
    path: owners.path,
    file: owners,
    tree: await side.tree,
    known: known.length > 0 ? known : null,
  });
  const isBlocked = findings.some(({ severity }) => severity === 'error');
  if (format === 'sarif') printJson(context, toSarif(findings, bookOf(OWNERS_LINT_RULES)));
  else if (format === 'csv') context.print(toOwnersLintCsv(findings));
  else if (format === 'json') {
    const verdict = isBlocked ? 'block' : 'pass';
    printJson(context, { version: JSON_VERSION, verdict, findings });
  } else context.print(renderOwnersLint(findings, context.palette));
  return isBlocked ? 1 : 0;
};
