/** How deep a text goes, lexeme by lexeme, and which lexemes say so. */

/** The parser has come back from 4,000 levels of anything, on a stack of 8 MB. */
export const MAX_NESTING = 500;

/** What only leans to one side (`a + b + c`, `a.b.c`, `!!a`) takes less: it has come back from 30,000. */
export const MAX_RUN = 10_000;

/** What may follow itself without a bracket: `a ? b : c ? d : …`. */
export const CHAINS = new Set([
  '?',
  '=',
  '=>',
  ':',
  '<',
  'if',
  'while',
  'for',
  'with',
  'do',
  'keyof',
  'yield',
]);
/** What ends a chain. */
export const ENDS = new Set([';', ',', 'const', 'export', 'return', 'throw', 'var']);
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** `run` is how much has come since anything ended. */
type Level = { opener: string; chain: number; before: number; run: number };

/** A count of brackets and chains that are open; `take` is given each lexeme that matters. */
export const createDepth = () => {
  let top: Level = { opener: '', chain: 0, before: 0, run: 0 };
  const below: Level[] = [];
  let sum = 0;
  const add = (count: number): void => {
    top.chain += count;
    sum += count;
  };
  const end = (): void => {
    sum -= top.chain;
    top.before = top.chain;
    top.chain = 0;
    top.run = 0;
  };
  const enter = (opener: string): void => {
    below.push(top);
    top = { opener, chain: 0, before: 0, run: 0 };
  };
  const leave = (opener: string | undefined): void => {
    if (top.opener !== opener) return;
    const next = below.pop();
    if (!next) return;
    sum -= top.chain;
    top = next;
  };
  const take = (token: string): void => {
    top.run += 1;
    if (token === '(' || token === '[' || token === '{') enter(token);
    else if (token === ')' || token === ']' || token === '}') leave(CLOSERS[token]);
    else if (ENDS.has(token)) end();
    // `if (a) b; else …` goes on behind its semicolon.
    else if (token === 'else') add(top.before + 1);
    else if (CHAINS.has(token)) add(1);
  };
  return {
    take,
    /** Something that neither opens, ends nor chains. */
    pass: (): void => {
      top.run += 1;
    },
    enter,
    leave,
    /** Whether what comes next is the text of a template. */
    isInTemplate: () => top.opener === '`',
    isDeep: () => sum + below.length + 1 > MAX_NESTING || top.run > MAX_RUN,
  };
};

export type Depth = ReturnType<typeof createDepth>;
