import type { RustCall, RustDefinition, RustModule } from './rust-file.ts';
import type { Crate, Node, NodeOpening } from './rust-nodes.ts';

/** Macros that give no name beyond those that stand in their brackets, as does the macro of an `extern` block. */
const PLAIN = new Set(
  'extern thread_local lazy_static bitflags compile_error const_assert const_assert_eq assert_impl_all assert_not_impl_any assert_eq_size assert_obj_safe'.split(
    ' ',
  ),
);

/** The words of a text, cut when somebody asks. */
const createWords = (text: string): ((name: string) => boolean) => {
  let words: Set<string> | undefined;
  return (name) => {
    words ??= new Set(text.match(/[\p{L}\p{N}_]+/gu));
    return words.has(name);
  };
};

/** What a macro's body calls may paste names together, unless it is a macro that is known to be plain. */
const callsOthers = (body: string, macros: ReadonlyMap<string, string>): boolean =>
  [...body.matchAll(/([\p{L}\p{N}_]+)\s*!\s*[([{]/gu)].some(
    ([, name = '']) => !macros.has(name) && !PLAIN.has(name),
  );

const lastName = (path: string): string => path.slice(path.lastIndexOf(':') + 1);

/** A macro of this crate gives names of its body and its brackets; any other may give all. */
export const openCall = ({ name, text }: RustCall, crate: Crate): NodeOpening => {
  const own = lastName(name);
  const isIn = createWords(text);
  let isInBody: ((word: string) => boolean) | undefined;
  // Items that a macro hands on may be modules and globs.
  const isOpen = text.includes('::*') || /\bmod\s/.test(text);
  const mayYield = (word: string): boolean => {
    if (isOpen || isIn(word)) return true;
    const body = crate.macros.get(own);
    if (body === undefined) return !PLAIN.has(own);
    isInBody ??= callsOthers(body, crate.macros) ? () => true : createWords(body);
    return isInBody(word);
  };
  return { key: `macro ${name} ${text}`, mayYield, outside: undefined };
};

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** `#[derive(Builder)] struct A` may give `ABuilder`. */
export const openMakers = ({ name, makers }: RustDefinition | RustModule): NodeOpening[] => {
  if (makers === '') return [];
  const isIn = createWords(makers);
  const own = plain(name);
  const mayYield = (word: string): boolean => plain(word).includes(own) || isIn(word);
  return [{ key: `attribute ${makers} ${name}`, mayYield, outside: undefined }];
};

/** A file that nobody could read. */
export const openUnknown = (what: string): NodeOpening => ({
  key: what,
  mayYield: () => true,
  outside: undefined,
});

/** A wildcard from outside. */
export const openOutside = (path: string): NodeOpening => ({
  key: `outside ${path}`,
  mayYield: () => true,
  outside: path.split('::')[0],
});

/** Adds what may give a module names. */
export const addOpenings = (node: Node, openings: readonly NodeOpening[]): void => {
  if (openings.length === 0) return;
  node.openings ??= new Map();
  for (const opening of openings) node.openings.set(opening.key, opening);
};

/** The openings of a module and of all that its globs reach. */
export const listOpenings = (node: Node): NodeOpening[] => {
  const seen = new Set([node]);
  for (const each of seen) for (const next of each.globs ?? []) seen.add(next);
  return [...seen].flatMap((each) => [...(each.openings?.values() ?? [])]);
};
