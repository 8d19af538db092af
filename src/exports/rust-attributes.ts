import { ALWAYS, both, type Condition, either, is, negate } from './condition.ts';
import type { Token } from './rust-lexer.ts';

/** What the attributes of one item, or the inner ones of a file, say that matters to its exports. */
export type Attributes = {
  condition: Condition;
  isHidden: boolean;
  /** `#[path = "…"]`, and when it counts. */
  paths: readonly { path: string; condition: Condition }[];
  isMacroExport: boolean;
  /** The macro that a `#[proc_macro…]` function is. */
  proceduralMacro: 'itself' | { derive: string } | undefined;
  /** The text of attributes and derives that may write names of their own; empty where none could. */
  makers: string;
  /** All of them, as they are written. */
  text: string;
};

export const NO_ATTRIBUTES: Attributes = {
  condition: ALWAYS,
  isHidden: false,
  paths: [],
  isMacroExport: false,
  proceduralMacro: undefined,
  makers: '',
  text: '',
};

/** `name`, `name = "value"`, `name(…)`. */
type Meta = {
  name: string;
  value: string | undefined;
  args: readonly Meta[];
  /** As it is written; made when it is asked for, for of what is nested each level has all below. */
  readonly text: string;
};

const MAX_DEPTH = 32;
const MAX_TEXT = 10_000;

/** Finds what `open` opens: the index of its closing bracket, or the end. */
const closing = (tokens: readonly Token[], open: number): number => {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const kind = tokens[at]?.kind;
    if (kind === 'open') depth += 1;
    if (kind === 'close') depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
};

/** The value of a literal of text; other literals are as they are written. */
const unquote = (literal: string): string => {
  const raw = /^[bc]?r(#*)"([\s\S]*)"\1$/.exec(literal);
  if (raw) return raw[2] ?? '';
  return literal.replace(/^[bc]?"|"$/g, '').replace(/\\(["\\])/g, '$1');
};

const showTokens = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join(' ');

/** The parts between commas, those in brackets apart. */
const splitList = (tokens: readonly Token[]): Token[][] => {
  const parts: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (!token) break;
    if (token.text === ',' && token.kind === 'mark') parts.push([]);
    else if (token.kind === 'open') {
      const end = closing(tokens, at);
      for (const each of tokens.slice(at, end + 1)) parts.at(-1)?.push(each);
      at = end;
    } else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
};

const parseMeta = (tokens: readonly Token[], depth: number): Meta => {
  const end = tokens.findIndex(({ kind, text }) => kind === 'open' || text === '=');
  const head = end === -1 ? tokens : tokens.slice(0, end);
  const name = head.map(({ text }) => text).join('');
  const next = end === -1 ? undefined : tokens[end];
  if (next?.kind === 'open' && depth < MAX_DEPTH) {
    const inner = tokens.slice(end + 1, closing(tokens, end));
    const args = splitList(inner).map((part) => parseMeta(part, depth + 1));
    return {
      name,
      value: undefined,
      args,
      get text() {
        return showTokens(tokens);
      },
    };
  }
  const value = next?.text === '=' ? unquote(tokens[end + 1]?.text ?? '') : undefined;
  return {
    name,
    value,
    args: [],
    get text() {
      return showTokens(tokens);
    },
  };
};

/** The predicate of a `cfg`. */
const toCondition = (meta: Meta | undefined): Condition => {
  if (!meta) return ALWAYS;
  const { name, value, args } = meta;
  if (name === 'all') return args.map(toCondition).reduce(both, ALWAYS);
  if (name === 'any') return args.length === 0 ? negate(ALWAYS) : either(args.map(toCondition));
  if (name === 'not' && args.length === 1) return negate(toCondition(args[0]));
  if (name === 'true' && value === undefined) return ALWAYS;
  if (name === 'false' && value === undefined) return negate(ALWAYS);
  if (args.length > 0) return is(meta.text);
  return is(value === undefined ? name : `${name} = ${JSON.stringify(value)}`);
};

/** They write no names into the module. What is not here, nor a tool's own, may. */
const HARMLESS = new Set(
  (
    'allow warn deny forbid expect doc inline cold must_use deprecated derive repr non_exhaustive test ' +
    'ignore should_panic no_mangle export_name link link_section link_name link_ordinal no_std no_core no_main macro_use ' +
    'track_caller target_feature automatically_derived feature global_allocator used unsafe stable ' +
    'unstable fundamental lang recursion_limit crate_type crate_name instrument async_trait serde default ' +
    'panic_handler bench type_length_limit windows_subsystem macro_escape plugin marker naked cfg cfg_attr ' +
    'const_trait optimize coverage proc_macro proc_macro_derive proc_macro_attribute macro_export path ' +
    'no_implicit_prelude no_builtins needs_allocator allow_internal_unstable type_const pin_project error'
  ).split(' '),
);

const DERIVES = new Set(
  'Debug Clone Copy PartialEq Eq PartialOrd Ord Hash Default Serialize Deserialize Error'.split(
    ' ',
  ),
);

const lastName = (path: string): string => path.slice(path.lastIndexOf(':') + 1);

const isTool = (name: string): boolean =>
  /^(?:clippy|rustfmt|diagnostic|miri|rust_analyzer|rustdoc)::|^rustc_/.test(name);

const listMakers = ({ name, args, text }: Meta): string => {
  if (name === 'derive') {
    return args
      .filter((derive) => !DERIVES.has(lastName(derive.name)))
      .map((derive) => derive.name)
      .join(' ');
  }
  return HARMLESS.has(name) || isTool(name) ? '' : text;
};

const isHiding = ({ name, args }: Meta): boolean =>
  name === 'doc' && args.some((arg) => arg.name === 'hidden');

const readProcedural = ({ name, args }: Meta): Attributes['proceduralMacro'] => {
  if (name === 'proc_macro' || name === 'proc_macro_attribute') return 'itself';
  return name === 'proc_macro_derive' ? { derive: args[0]?.name ?? '' } : undefined;
};

/** What one attribute says; `when` is the predicate of the `cfg_attr` that it stands in. */
const readMeta = (meta: Meta, when: Condition): Attributes => {
  const own = meta.name === 'cfg' ? toCondition(meta.args[0]) : ALWAYS;
  return {
    condition: own === ALWAYS || when === ALWAYS ? own : either([negate(when), own]),
    isHidden: isHiding(meta),
    paths:
      meta.name === 'path' && meta.value !== undefined
        ? [{ path: meta.value, condition: when }]
        : [],
    isMacroExport: meta.name === 'macro_export',
    proceduralMacro: readProcedural(meta),
    makers: listMakers(meta),
    text: meta.text,
  };
};

const joinTexts = (a: string, b: string): string => (a.length > MAX_TEXT ? a : `${a} ${b}`.trim());

/** Two attributes of one item. */
export const joinAttributes = (a: Attributes, b: Attributes): Attributes => ({
  condition: both(a.condition, b.condition),
  isHidden: a.isHidden || b.isHidden,
  paths: [...a.paths, ...b.paths],
  isMacroExport: a.isMacroExport || b.isMacroExport,
  proceduralMacro: a.proceduralMacro ?? b.proceduralMacro,
  makers: joinTexts(a.makers, b.makers),
  text: joinTexts(a.text, b.text),
});

const readConditional = (meta: Meta, when: Condition, depth: number): Attributes => {
  if (meta.name === 'unsafe' && meta.args.length === 1) return readAny(meta.args[0], when, depth);
  if (meta.name !== 'cfg_attr') return readMeta(meta, when);
  const [predicate, ...rest] = meta.args;
  const inner = both(when, toCondition(predicate));
  return rest.map((each) => readAny(each, inner, depth)).reduce(joinAttributes, NO_ATTRIBUTES);
};

const readAny = (meta: Meta | undefined, when: Condition, depth: number): Attributes =>
  meta && depth < MAX_DEPTH ? readConditional(meta, when, depth + 1) : NO_ATTRIBUTES;

/** The lexemes between the brackets of one attribute. */
export const parseAttribute = (tokens: readonly Token[]): Attributes =>
  readAny(parseMeta(tokens, 0), ALWAYS, 0);

/** The lexemes of `cfg(…)`, as `cfg_if!` has them. */
export const parseCondition = (tokens: readonly Token[]): Condition =>
  parseAttribute(tokens).condition;
