import type { ExportFinding } from '../exports/index.ts';
import type { Finding, Policy, Verdict } from '../guard/index.ts';
import type { Undecided } from '../kit/errors.ts';

/** One finding of the guard or of the audit, as every report of a CI shows it. */
export type CiFinding = Finding<string> & Pick<ExportFinding, 'related' | 'suppressed'>;

/** What a CI has judged, and what came of it. Everything that names something is somebody else's text. */
export type CiReport = {
  /** `pull request`, `push`, … */
  name: string;
  verdict: Verdict;
  mode: Policy['mode'] | undefined;
  findings: readonly CiFinding[];
  notJudged: readonly string[];
  failure: Undecided | undefined;
  /** How many commits were judged. */
  commits: number;
  /** Ids of the commits that it is to go to, that policy comes from, and that it ends with; null where not known. */
  base: string | null;
  policy: string | null;
  head: string | null;
  branches: { base?: string; head?: string };
  isFork: boolean;
  pulls: readonly { number?: number; title?: string; author?: string }[];
};

/** The findings that count; those that are let through with a reason are for machines. */
export const listTold = ({ findings }: Pick<CiReport, 'findings'>): CiFinding[] =>
  findings.filter(({ suppressed }) => suppressed === undefined);

/** Nothing was judged: for there was nothing, or because of a failure. */
export const emptyReport = (name: string, failure: Undecided | undefined): CiReport => ({
  name,
  verdict: failure ? 'undecided' : 'pass',
  mode: undefined,
  findings: [],
  notJudged: [],
  failure,
  commits: 0,
  base: null,
  policy: null,
  head: null,
  branches: {},
  isFork: false,
  pulls: [],
});
