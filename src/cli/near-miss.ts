import { isNearMiss } from '../guard/index.ts';
import { quoteName } from '../kit/quote.ts';
import { type Ledger, listActive } from '../locks/index.ts';
import type { Context } from './command.ts';

/** Holders of active grants whose names could be taken for this one. */
export const listNearMisses = (ledger: Ledger, holder: string): string[] => [
  ...new Set(
    listActive(ledger)
      .map((grant) => grant.holder)
      .filter((name) => isNearMiss(name, holder)),
  ),
];

/** Two names that look the same to whoever typed one of them. */
export const describeNearMiss = (holder: string, near: readonly string[]): string =>
  `you are ${quoteName(holder)}, not ${near.map(quoteName).join(' or ')}: holders compare exactly`;

/** Warns whoever may have meant a holder of nearly the same name. */
export const tellNearMiss = (context: Context, ledger: Ledger, holder: string): void => {
  const near = listNearMisses(ledger, holder);
  if (near.length === 0) return;
  context.tell(`${context.errorPalette.warn('warning:')} ${describeNearMiss(holder, near)}`);
};
