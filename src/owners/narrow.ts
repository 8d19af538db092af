/** What each line begins with: wildcards, and the plain text behind them. */
const HEADS = /\n[*?]*[^*? \n]*/g;

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const STAR = 0x2a;

/** As it is, and as some readers of GitHub's rules take it: composed, a letter may come to be one of ASCII. */
const spell = (path: string): string[] => [...new Set([path, path.normalize('NFC')])];

/**
 * Tells of plain lines, by their number counted from 0, whether their rule is anywhere near one of these
 * paths: false means that it covers none of them. One search over the whole text finds what all lines
 * begin with, and each is looked for in all paths at once; one by one, 5,000 rules and 20 paths take a
 * process that has just begun 25 ms.
 */
export const createNearLines = (
  text: string,
  paths: readonly string[],
): ((index: number) => boolean) => {
  const joined = paths
    .flatMap(spell)
    .map((path) => `\n/${path}`)
    .join('');
  const heads = `\n${text}`.match(HEADS) ?? [];
  return (index) => {
    const head = heads[index] ?? '';
    const first = head.charCodeAt(1);
    // From the top: a path that begins like it. Else it may stand anywhere.
    if (first === SLASH) return joined.includes(head);
    const isWild = first === STAR || first === QUESTION_MARK;
    return joined.includes(isWild ? head.replace(/^\n[*?]+/, '') : head.slice(1));
  };
};
