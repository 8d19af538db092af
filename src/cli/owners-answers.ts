import { createPolicy, listActorOwners } from '../guard/index.ts';
import { findNearest } from '../kit/nearest.ts';
import { printable } from '../kit/quote.ts';
import {
  createAskingMatcher,
  createOwnersScan,
  listAskedSections,
  type OwnersMatcher,
  type OwnersScan,
} from '../owners/index.ts';
import type { OwnersAnswer } from '../report/index.ts';
import type { Context } from './command.ts';
import type { OwnersSide } from './owners-side.ts';

/** A file that nobody has: `docs/` asks who would own it there. */
const NEW_FILE = '\uf8ff\uf8ff\uf8ff';

const toAsked = (path: string): string => {
  if (path === '.') return NEW_FILE;
  return path.endsWith('/') ? path + NEW_FILE : path;
};

/** Who owns each of the paths. */
export const answerPaths = (matcher: OwnersMatcher, paths: readonly string[]): OwnersAnswer[] =>
  paths.map((path) => ({ path, ownership: matcher.find(toAsked(path)) }));

/** What a question about a few paths is about, whatever files it means. */
export const listAsked = (paths: readonly string[]): string[] => paths.map(toAsked);

const tellCovering = (scan: OwnersScan, answer: OwnersAnswer): OwnersAnswer => {
  const { decisions } = answer.ownership;
  const covering = scan.findAll(toAsked(answer.path)).map(({ section, rule }) => {
    const decision = decisions.find((one) => one.section === section)?.rule ?? null;
    return { rule, section, takenBy: decision === rule ? null : decision };
  });
  return { ...answer, covering };
};

/** With every line that covers each path, the one that took the path from it, and whom readers disagree over. */
export const explainAnswers = (
  { owners }: OwnersSide,
  answers: readonly OwnersAnswer[],
): OwnersAnswer[] => {
  const scan = createOwnersScan(owners);
  const asking = createAskingMatcher({ ...owners, sections: listAskedSections(owners) });
  return answers.map((answer) => {
    const asked = asking.find(toAsked(answer.path)).owners;
    const alsoAsked = asked.filter((owner) => !answer.ownership.owners.includes(owner));
    return { ...tellCovering(scan, answer), alsoAsked };
  });
};

/** With the lines that lost each path. */
export const tellLost = (
  { owners }: OwnersSide,
  answers: readonly OwnersAnswer[],
): OwnersAnswer[] => {
  const scan = createOwnersScan(owners);
  return answers.map((answer) => {
    const { covering = [], ...told } = tellCovering(scan, answer);
    return { ...told, covering: covering.filter(({ takenBy }) => takenBy !== null) };
  });
};

/** NAME itself, and what the config maps it to where it is a holder's name or an e-mail. */
const listOwnersOf = (name: string, { config }: OwnersSide): string[] => {
  const actor = {
    holder: name,
    source: 'flag',
    named: true,
    email: undefined,
    session: undefined,
  } as const;
  return [name, ...listActorOwners(actor, createPolicy(config, true, null))];
};

const tellUnknownOwner = (context: Context, side: OwnersSide, names: readonly string[]): void => {
  const rules = side.owners.sections.flatMap((section) => section.rules);
  const known = [...new Set(rules.flatMap(({ owners }) => owners))];
  const isNamed = known.some((owner) =>
    names.some((name) => name.toLowerCase() === owner.toLowerCase()),
  );
  if (isNamed) return;
  const nearest = findNearest(names[0] ?? '', known);
  const hint = nearest ? `; did you mean ${printable(nearest)}?` : '';
  context.tell(
    `note: no line of ${side.owners.path} names ${names.map(printable).join(', ')}${hint}`,
  );
};

/** The answers that name somebody; whom no line names is told apart from who owns nothing. */
export const filterByOwner = (
  context: Context,
  side: OwnersSide,
  answers: readonly OwnersAnswer[],
  name: string,
): OwnersAnswer[] => {
  const names = listOwnersOf(name, side);
  tellUnknownOwner(context, side, names);
  const wanted = new Set(names.map((owner) => owner.toLowerCase()));
  return answers.filter(({ ownership }) =>
    ownership.owners.some((owner) => wanted.has(owner.toLowerCase())),
  );
};
