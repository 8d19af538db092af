import { MAX_NESTING, type RustUse } from './rust-file.ts';
import type { Lexer } from './rust-lexer.ts';

/** A leaf, before it is known where its statement ends. */
export type UseLeaf = Pick<
  RustUse,
  'segments' | 'isGlobal' | 'isGlob' | 'isModuleOnly' | 'name' | 'shown'
> & { offset: number };

/** What stands in front of the braces that are open. */
type Prefix = { segments: readonly string[]; isGlobal: boolean };

const show = ({ segments, isGlobal }: Prefix, last: readonly string[]): string =>
  `${isGlobal ? '::' : ''}${[...segments, ...last].join('::')}`;

/** A glob, or `{`: what ends a path, or opens more of them. */
type End =
  | { kind: 'name' | 'glob'; offset: number; path: Prefix }
  | { kind: 'open'; offset: number; path: Prefix }
  | undefined;

const readPath = (lexer: Lexer, prefix: Prefix): End => {
  const segments = [...prefix.segments];
  let { isGlobal } = prefix;
  if (lexer.peek().text === '::') {
    lexer.next();
    isGlobal ||= segments.length === 0;
  }
  for (;;) {
    const token = lexer.next();
    const path = { segments, isGlobal };
    if (token.text === '*') return { kind: 'glob', offset: token.start, path };
    if (token.text === '{') return { kind: 'open', offset: token.start, path };
    if (token.kind !== 'word' || segments.length >= MAX_NESTING) {
      lexer.fail(token.start, 'a path of a use that cannot be read');
      return undefined;
    }
    segments.push(token.text);
    if (lexer.peek().text !== '::') return { kind: 'name', offset: token.start, path };
    lexer.next();
  }
};

/** The name behind `as`: undefined where there is no `as`, empty for `_`. */
const readAlias = (lexer: Lexer): string | undefined => {
  if (lexer.peek().text !== 'as' || lexer.peek().isRaw) return undefined;
  lexer.next();
  const token = lexer.next();
  if (token.kind !== 'word') lexer.fail(token.start, 'an alias that is no name');
  return token.text === '_' ? '' : token.text;
};

const toLeaf = (
  lexer: Lexer,
  { kind, offset, path }: NonNullable<End>,
  isInBraces: boolean,
): UseLeaf => {
  const { isGlobal } = path;
  if (kind === 'glob') {
    const shown = show(path, ['*']);
    return {
      segments: path.segments,
      isGlobal,
      isGlob: true,
      isModuleOnly: false,
      name: '',
      shown,
      offset,
    };
  }
  const isModuleOnly = isInBraces && path.segments.length > 1 && path.segments.at(-1) === 'self';
  const segments = isModuleOnly ? path.segments.slice(0, -1) : path.segments;
  const name = readAlias(lexer) ?? segments.at(-1) ?? '';
  return {
    segments,
    isGlobal,
    isGlob: false,
    isModuleOnly,
    name,
    shown: show({ ...path, segments }, []),
    offset,
  };
};

/** Reads what stands between two trees: true where another one follows, false behind the `;`. */
const readSeparator = (lexer: Lexer, open: Prefix[]): boolean => {
  for (;;) {
    const token = lexer.next();
    const isInBraces = open.length > 0;
    if (token.text === ';' && !isInBraces) return false;
    if (token.text === '}' && isInBraces) open.pop();
    else if (token.text !== ',' || !isInBraces) {
      lexer.fail(token.start, 'a use that does not end');
      return false;
    } else if (lexer.peek().text !== '}') return true;
  }
};

/**
 * The leaves of a use tree, from behind `use` to its `;`, with the offset behind that. Braces are kept in a
 * list, so that no nesting is too deep for the stack.
 */
export const readUse = (lexer: Lexer): { leaves: UseLeaf[]; end: number } => {
  const leaves: UseLeaf[] = [];
  const open: Prefix[] = [];
  const root: Prefix = { segments: [], isGlobal: false };
  for (let goesOn = true; goesOn; ) {
    const end = readPath(lexer, open.at(-1) ?? root);
    if (!end) break;
    if (end.kind === 'open') {
      open.push(end.path);
      if (open.length > MAX_NESTING) lexer.fail(end.offset, 'braces that nest too deep');
      if (lexer.peek().text !== '}') continue;
    } else leaves.push(toLeaf(lexer, end, open.length > 0));
    goesOn = readSeparator(lexer, open);
  }
  return { leaves, end: lexer.position() };
};
