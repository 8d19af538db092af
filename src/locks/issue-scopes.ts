import { printable } from '../kit/quote.ts';
import { type Claim, compileClaim, type Mode } from './grant.ts';
import type { TableRule } from './tables.ts';

const MODE_WORDS: Readonly<Record<Mode, string>> = {
  write: '',
  read: 'read: ',
  'doc-write': 'doc: ',
};

/** Claims as people read and write them in issues: one a line, with a word before what is not simply written. */
export const renderScopes = (claims: readonly Claim[]): string =>
  claims.map(({ scope, mode }) => `${MODE_WORDS[mode]}${printable(scope)}`).join('\n');

/** Claims of such lines; fences, bullets and code marks around them are no part of them. */
export const readScopes = (
  lines: readonly string[],
  rule: TableRule,
): { claims: Claim[] } | { refused: string } => {
  const scopes = lines
    .map((line) =>
      line
        .trim()
        .replace(/^[-*] /, '')
        .replace(/^`([^`]+)`$/, '$1'),
    )
    .filter((line) => line !== '' && !line.startsWith('```'));
  const { compile } = rule;
  if (!compile) return { refused: 'its paths cannot be read here' };
  const claims: Claim[] = [];
  for (const line of scopes) {
    const [, word, scope = ''] = /^(?:(read|doc): )?(.*)$/.exec(line) ?? [];
    const mode = word === 'read' ? 'read' : word === 'doc' ? 'doc-write' : 'write';
    const claim = compileClaim(scope, mode, { ...rule, compile });
    if ('refused' in claim) return { refused: `its paths are not all paths: ${claim.refused}` };
    claims.push(claim);
  }
  return claims.length > 0 ? { claims } : { refused: 'it names no paths' };
};
