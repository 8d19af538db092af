import { type Finding, type Judgement, RULE_MEANINGS } from '../guard/index.ts';
import { printable } from '../kit/quote.ts';
import { EXPORT_MEANINGS } from './audit.ts';
import { type Reportable, type SarifNote, toSarif } from './sarif.ts';

const BOOK = {
  meanings: { ...RULE_MEANINGS, ...EXPORT_MEANINGS },
  advice:
    '`leasehold why PATH` says which record, rule, config line and identity give the verdict; ' +
    '`guard.rules` (for exports `exports.rules`) in leasehold.config.json says what the rule weighs.',
};

/**
 * Messages have times and line numbers of CODEOWNERS in them. What a finding is about, whoever looks and
 * whenever, is a holder or owners; a mistake in CODEOWNERS itself is known by its words.
 */
export const toReportable = (finding: Finding<string>): Reportable => {
  const { holder, owners, line, message, name: known } = finding;
  const name = known ?? holder ?? owners?.join(' ') ?? (line === undefined ? '' : message);
  return { ...finding, name };
};

/** What kept a judgement from being the whole truth. */
export const listNotes = ({
  failure,
  verdict,
  notJudged,
}: Pick<Judgement, 'failure' | 'verdict' | 'notJudged'>): SarifNote[] => [
  ...(failure
    ? [
        {
          level: verdict === 'undecided' ? ('error' as const) : ('warning' as const),
          text: `could not decide: ${printable(failure.message)}. Next: ${printable(failure.remedy)}`,
        },
      ]
    : []),
  ...notJudged.map((rules) => ({
    level: 'warning' as const,
    text: `not judged: ${printable(rules)}`,
  })),
];

/** A judgement as a SARIF 2.1.0 log; what could not be decided, or not be judged, is told of its run. */
export const toJudgementSarif = (judgement: Judgement) =>
  toSarif(
    [...judgement.findings, ...(judgement.excused ?? [])].map(toReportable),
    BOOK,
    listNotes(judgement),
  );
