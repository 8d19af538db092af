// Writes what is generated: schema.json from the config's schema, and the tables of rules, of what lint
// and the audit look for and of error codes in the README, the page of the protocol, and the bundle of the GitHub Action. With --check it writes nothing and fails where a file is out of date.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { bundleAction } from './action.mjs';

const source = `
  export { createConfigSchema } from './src/kit/config.ts';
  export { ERROR_CODES } from './src/kit/errors.ts';
  export { RULE_MEANINGS, RULE_NAMES, RULES } from './src/guard/index.ts';
  export { EXPORT_RULE_NAMES, EXPORT_RULES } from './src/exports/index.ts';
  export { OWNERS_LINT_RULES } from './src/owners/index.ts';
  export { PROTOCOL } from './src/cli/protocol-text.ts';
  export { z } from 'zod';
`;

const load = async () => {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: '.', loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
};

const {
  createConfigSchema,
  ERROR_CODES,
  EXPORT_RULE_NAMES,
  EXPORT_RULES,
  OWNERS_LINT_RULES,
  PROTOCOL,
  RULE_MEANINGS,
  RULE_NAMES,
  RULES,
  z,
} = await load();

const schema = z.toJSONSchema(
  createConfigSchema({ guard: RULE_NAMES, exports: EXPORT_RULE_NAMES }),
  {
    io: 'input',
  },
);
const schemaText = `${JSON.stringify({ title: 'leasehold.config.json', ...schema }, null, 2)}\n`;

const severityOf = ({ named, person }) =>
  named === person ? named : `${named}; a person: ${person}`;
const ruleRows = Object.entries(RULES).map(
  ([name, rule]) => `| \`${name}\` | ${severityOf(rule)} | ${RULE_MEANINGS[name]} |`,
);
const lintRows = Object.entries(OWNERS_LINT_RULES).map(
  ([name, says]) => `| \`${name}\` | ${name === 'owners/invalid' ? 'error' : 'warn'} | ${says} |`,
);
const exportRows = Object.entries(EXPORT_RULES).map(
  ([name, { weight, meaning }]) => `| \`${name}\` | ${weight} | ${meaning} |`,
);
const codeRows = Object.entries(ERROR_CODES).map(([code, says]) => `| \`${code}\` | ${says} |`);
const tables = {
  rules: ['| rule | default | when |', '|---|---|---|', ...ruleRows].join('\n'),
  'lint rules': ['| rule | weight | what |', '|---|---|---|', ...lintRows].join('\n'),
  'export rules': ['| rule | default | finds |', '|---|---|---|', ...exportRows].join('\n'),
  errors: ['| code | meaning |', '|---|---|', ...codeRows].join('\n'),
};

const fillTable = (text, [name, table]) => {
  const [start, end] = [`<!-- generated: ${name} -->`, '<!-- end -->'];
  const from = text.indexOf(start);
  if (from === -1) throw new Error(`README.md has no place for the table of ${name}`);
  const to = text.indexOf(end, from);
  return `${text.slice(0, from)}${start}\n${table}\n${text.slice(to)}`;
};

const readme = await readFile('README.md', 'utf8');
const files = {
  'schema.json': schemaText,
  'README.md': Object.entries(tables).reduce(fillTable, readme),
  // Its own page, a level higher than in a project's CONTRIBUTING.
  'docs/protocol.md': PROTOCOL.replaceAll(/^##/gm, '#'),
  ...(await bundleAction()),
};

const stale = [];
for (const [path, text] of Object.entries(files)) {
  const known = await readFile(path).catch(() => Buffer.alloc(0));
  if (!known.equals(Buffer.from(text))) stale.push(path);
}

if (!process.argv.includes('--check')) {
  for (const path of stale) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, files[path]);
  }
} else if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run: npm run generate`);
  process.exitCode = 1;
}
