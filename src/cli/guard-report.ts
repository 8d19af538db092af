import type { Judgement } from '../guard/index.ts';
import { createPalette, inHook, renderFindings } from '../report/index.ts';
import { findOwnCommand } from './own-command.ts';

/** What the guard hands over: where its words go, and where its reader stands. */
type Reader = {
  stream: { isTTY?: boolean | undefined };
  env: Readonly<Record<string, string | undefined>>;
  isExecutable: (path: string) => boolean;
  /** The worktree's top. */
  top: string;
  /** Where the running bundle lies. */
  bundle: string;
};

/** What the guard found, in words: a bundle of its own, for most commits are told nothing. */
export const renderReport = (judgement: Judgement, reader: Reader): string => {
  const { stream, env, isExecutable, top, bundle } = reader;
  const occasion = inHook({ name: 'commit', prefix: env.GIT_PREFIX ?? '' }, env, judgement);
  const findCommand = () => findOwnCommand(isExecutable, { path: env.PATH, top, bundle });
  return renderFindings(judgement, occasion, createPalette(stream, env, findCommand));
};
