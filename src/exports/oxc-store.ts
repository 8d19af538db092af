import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What stands in a source, by UTF-16 offsets. */
export type OxcSpan = { start: number; end: number };

type OxcName = { kind: string; name: string | null; start: number | null };

/** One name of an export statement, as the parser lists it without a syntax tree. */
export type OxcExportEntry = OxcSpan & {
  moduleRequest: (OxcSpan & { value: string }) | null;
  importName: OxcName;
  exportName: OxcName;
  localName: OxcName;
  isType: boolean;
};

export type OxcExport = OxcSpan & { entries: OxcExportEntry[] };

export type OxcImport = OxcSpan & {
  moduleRequest: OxcSpan & { value: string };
  entries: { importName: OxcName; localName: OxcSpan & { value: string }; isType: boolean }[];
};

export type OxcComment = OxcSpan & { type: 'Line' | 'Block'; value: string };

/** A node of the syntax tree (ESTree, with TypeScript's nodes). */
export type OxcNode = OxcSpan & { type: string; [key: string]: unknown };

/** What came of one file. Each part is made when it is asked for; the syntax tree is the dear one. */
export type OxcResult = {
  program: { body: OxcNode[] };
  module: { hasModuleSyntax: boolean; staticImports: OxcImport[]; staticExports: OxcExport[] };
  comments: OxcComment[];
  /** `codeframe` is the error as it is shown, with the whole line that it is in. */
  errors: { message: string; labels: OxcSpan[]; codeframe?: string | null }[];
};

export type OxcOptions = {
  lang: 'jsx' | 'ts' | 'tsx' | 'dts';
  sourceType?: 'unambiguous';
  astType?: 'js';
};

type Parse = (name: string, text: string, options: OxcOptions) => OxcResult;

/** The parser, as far as the audit knows it. */
export type Oxc = {
  /** Undefined where its package does not say. */
  version: string | undefined;
  parse: (text: string, options: OxcOptions) => OxcResult;
  /**
   * Whether the parser comes back from a text, and shows its errors in as much room as anybody has; one that is
   * nested deeply enough ends its whole process.
   */
  survives: (text: string, options: OxcOptions) => boolean;
};

const NAME = 'oxc-parser';

/** Written by `init` beside the bundle that it copies: where the package is that it was copied from. */
export const PACKAGE_HOME = 'package-home';

const readHome = (directory: string): string | undefined => {
  try {
    return readFileSync(join(directory, PACKAGE_HOME), 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** Of the package that runs, else of the one that ran `init`. */
const listOwnHomes = (): string[] => {
  const own = import.meta.dirname;
  return [own, readHome(own)].filter((home) => home !== undefined);
};

const resolveFrom = (home: string): string | undefined => {
  try {
    return createRequire(join(home, 'any.cjs')).resolve(NAME);
  } catch {
    return undefined;
  }
};

type RawResult = Omit<OxcResult, 'program'> & { program: string };
/** The binding by itself: the syntax tree is a text of JSON. */
export type OxcBinding = {
  parseSync: (name: string, text: string, options: OxcOptions) => RawResult;
};

/** The binding gives each part away once. */
const once = <Part>(make: () => Part): (() => Part) => {
  let made: { part: Part } | undefined;
  return () => {
    made ??= { part: make() };
    return made.part;
  };
};

/**
 * The same parser without its wrapper. The syntax tree is a text that lies outside of the heap until
 * somebody takes it, and is freed at the next turn of the event loop alone: of 570 files 270 MB.
 */
const createBare =
  ({ parseSync }: OxcBinding): Parse =>
  (name, text, options) => {
    // As of a script: a tree of TypeScript has the same statements, and much else that nobody asks for.
    const result = parseSync(name, text, { ...options, astType: 'js' });
    const { program: tree } = result;
    const parts = {
      program: once(() => JSON.parse(tree).node),
      module: once(() => result.module),
      comments: once(() => result.comments),
      errors: once(() => result.errors),
    };
    return {
      get program() {
        return parts.program();
      },
      get module() {
        return parts.module();
      },
      get comments() {
        return parts.comments();
      },
      get errors() {
        return parts.errors();
      },
    };
  };

/** What the usual bindings are called, by the system and its C library. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ['-gnu', '-musl'],
  win32: ['-msvc'],
  darwin: [''],
};

/**
 * The binding's own package, where it is a usual one: the parser's way to it is an ES module, for which node
 * starts another loader, and that takes as long as to parse a hundred files.
 */
const requireBinding = (path: string): OxcBinding => {
  const require = createRequire(path);
  for (const library of LIBRARIES[process.platform] ?? []) {
    try {
      return require(`@oxc-parser/binding-${process.platform}-${process.arch}${library}`);
    } catch {
      // It is not installed, or for the other library.
    }
  }
  return require(join(dirname(path), 'bindings.js'));
};

/** A native module may be there and not be one for this machine. */
const load = (path: string): Parse | undefined => {
  try {
    const bare = createBare(requireBinding(path));
    if (bare('', '', { lang: 'ts' }).program.body.length === 0) return bare;
  } catch {
    // Another version, with its files elsewhere.
  }
  try {
    return createRequire(path)(path).parseSync;
  } catch {
    return undefined;
  }
};

/**
 * Characters that the errors of one text may take: it has too many by this count, and not by how long they take.
 * So many are written in a tenth of the time that a text is given.
 */
const MAX_SHOWN = 30_000_000;

/**
 * Seconds of processor time: more than a file of that length takes that can be parsed at all, for some that cannot
 * never come to an end.
 */
const patienceFor = (text: string): number => 1 + Math.floor(text.length / 2_000_000);

/** So much longer it may take where other processes are in its way. */
const SLOWEST = 15;

/** Of the processor's time, for what a busy machine is too slow for may be parsed all the same. */
const LIMITED = 'ulimit -t "$1" && shift && exec "$@"';

const PROBE = `const { parseSync } = require(process.argv[1]);
const text = require('node:fs').readFileSync(0, 'utf8');
const { errors, program } = parseSync('', text, JSON.parse(process.argv[2]));
const shown = errors.reduce((sum, { codeframe }) => sum + (codeframe?.length ?? 0), 0);
process.exitCode = program && shown <= ${MAX_SHOWN} ? 0 : 1;`;

const probe = (path: string, text: string, options: OxcOptions): boolean => {
  const seconds = patienceFor(text);
  const words = [process.execPath, '-e', PROBE, path, JSON.stringify(options)];
  const run = (program: string, args: readonly string[], limit: number) =>
    spawnSync(program, args, {
      input: text,
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: limit * 1_000,
      env: {},
    });
  const limited = run(
    '/bin/sh',
    ['-c', LIMITED, 'sh', String(seconds), ...words],
    seconds * SLOWEST,
  );
  const isWithoutShell =
    limited.error && 'code' in limited.error && limited.error.code === 'ENOENT';
  return (isWithoutShell ? run(process.execPath, words.slice(1), seconds) : limited).status === 0;
};

const readVersion = (path: string): string | undefined => {
  try {
    const { version } = createRequire(path)('../package.json');
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
};

const openFrom = (homes: readonly string[]): Oxc | undefined => {
  for (const home of homes) {
    const path = resolveFrom(home);
    const parse = path === undefined ? undefined : load(path);
    if (path === undefined || !parse) continue;
    return {
      version: readVersion(path),
      parse: (text, options) => parse('', text, options),
      survives: (text, options) => probe(path, text, options),
    };
  }
  return undefined;
};

/** What it throws at a text that takes more stack than there is. */
const TOO_DEEP: OxcResult = {
  program: { body: [] },
  module: { hasModuleSyntax: false, staticImports: [], staticExports: [] },
  comments: [],
  errors: [{ message: 'it is nested too deeply', labels: [] }],
};

/** One that cannot end the process throws instead. */
const openBinding = (binding: OxcBinding): Oxc => {
  const parse = createBare(binding);
  const survives: Oxc['survives'] = (text, options) => {
    try {
      const { errors, program } = parse('', text, options);
      const shown = errors.reduce((sum, { codeframe }) => sum + (codeframe?.length ?? 0), 0);
      return program !== undefined && shown <= MAX_SHOWN;
    } catch {
      return false;
    }
  };
  return {
    version: undefined,
    parse: (text, options) => {
      try {
        return parse('', text, options);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return TOO_DEEP;
      }
    },
    survives,
  };
};

/** The worktree's comes last. */
let open = (): Oxc | undefined => openFrom([...listOwnHomes(), process.cwd()]);

let opened: { oxc: Oxc | undefined } | undefined;

/**
 * Says where the parser comes from: `own` leaves the worktree out, for whoever judges what must not be run; or
 * a binding that is there already.
 */
export const chooseParser = (from: 'own' | OxcBinding): void => {
  open = () => (from === 'own' ? openFrom(listOwnHomes()) : openBinding(from));
  opened = undefined;
};

/** The parser of TypeScript and JavaScript, loaded at the first call; undefined where it is not installed. */
export const loadOxc = (): Oxc | undefined => {
  opened ??= { oxc: open() };
  return opened.oxc;
};
