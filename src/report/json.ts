import type { Actor, Judgement } from '../guard/index.ts';
import type { Undecided } from '../kit/errors.ts';

/** The version of every object that `--json` prints. */
export const JSON_VERSION = 1;

/** An actor as JSON shows it; unknown parts are null. */
export const toActorJson = (actor: Actor | undefined) => ({
  holder: actor?.holder ?? null,
  source: actor?.source ?? null,
  named: actor?.named ?? false,
  email: actor?.email ?? null,
});

/** "Could not decide", as JSON shows it. */
export const toErrorJson = ({ code, message, remedy }: Undecided) => ({ code, message, remedy });

/** What `check --json` prints: what is let through with a reason is among the findings, with that reason. `error` is there where something kept it from deciding. */
export const toJudgementJson = (judgement: Judgement) => ({
  version: JSON_VERSION,
  verdict: judgement.verdict,
  actor: toActorJson(judgement.actor),
  not_judged: judgement.notJudged,
  findings: [...judgement.findings, ...(judgement.excused ?? [])],
  ...(judgement.failure ? { error: toErrorJson(judgement.failure) } : {}),
});
