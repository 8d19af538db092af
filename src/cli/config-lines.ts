/** A place in a config, from the top: names of keys, and numbers of items. */
export type KeyPath = readonly (string | number)[];

type Token = { text: string; line: number };

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

const tokenize = (json: string): Token[] => {
  let [line, from] = [1, 0];
  return [...json.matchAll(TOKENS)].map(({ 0: text, index }) => {
    line += json.slice(from, index).split('\n').length - 1;
    from = index;
    return { text, line };
  });
};

/**
 * The line of each key and item of a JSON text that has been read already, so that it is known to be one.
 * Of a key that is there twice, the last counts, as for whoever reads the text.
 */
const readLines = (json: string): Map<string, number> => {
  const tokens = tokenize(json.replace(/^\ufeff/, ''));
  const lines = new Map<string, number>();
  let at = 0;
  const enter = (path: KeyPath, line: number): void => {
    lines.set(JSON.stringify(path), line);
    readValue(path);
    if (tokens[at]?.text === ',') at += 1;
  };
  const readMembers = (path: KeyPath): void => {
    for (let key = tokens[at]; key && key.text !== '}'; key = tokens[at]) {
      // The key and its colon.
      at += 2;
      enter([...path, JSON.parse(key.text)], key.line);
    }
  };
  const readItems = (path: KeyPath): void => {
    let count = 0;
    for (let item = tokens[at]; item && item.text !== ']'; item = tokens[at]) {
      enter([...path, count], item.line);
      count += 1;
    }
  };
  const readValue = (path: KeyPath): void => {
    const text = tokens[at]?.text;
    at += 1;
    if (text !== '{' && text !== '[') return;
    if (text === '{') readMembers(path);
    else readItems(path);
    at += 1;
  };
  readValue([]);
  return lines;
};

/** Where a config says what: the line of a place in it, counted from one; undefined where it says nothing. */
export type ConfigLines = { find: (path: KeyPath) => number | undefined };

/** The lines of a config's text; of none where there is no config. */
export const locateConfigLines = (json: string | undefined): ConfigLines => {
  const lines = json === undefined ? new Map<string, number>() : readLines(json);
  return { find: (path) => lines.get(JSON.stringify(path)) };
};

/** A place as it is written in a program: `guard.rules["lock/held"]`, `guard.exempt[0]`. */
export const showKeyPath = (path: KeyPath): string =>
  path
    .map((part, at) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_]\w*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return at === 0 ? part : `.${part}`;
    })
    .join('');
