// Bundles the GitHub Action: what `action.yml` starts, with all that it needs, for a runner installs nothing.
// The result is committed, so it must be the same wherever it is made: no paths, no times, no maps.
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const PARSER = 'node_modules/oxc-parser/parser.wasm32-wasip1.wasm';

const packageOf = (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];

const readLicence = async (directory) => {
  const { name, version, license } = JSON.parse(
    await readFile(`${directory}/package.json`, 'utf8'),
  );
  const names = ['LICENSE', 'LICENSE.md', 'license', 'LICENCE'];
  const texts = await Promise.all(
    names.map((file) => readFile(`${directory}/${file}`, 'utf8').catch(() => '')),
  );
  const text = texts.find((found) => found !== '') ?? '';
  return `${name} ${version} (${license})\n\n${text.replaceAll('\r\n', '\n')}`.trimEnd();
};

/** The files of the action, by their paths: texts, and the parser's bytes. */
export const bundleAction = async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/action/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: 'action/main.cjs',
    write: false,
    minify: true,
    lineLimit: 200,
    charset: 'ascii',
    legalComments: 'none',
    define: { 'import.meta.dirname': '__dirname' },
    metafile: true,
    logLevel: 'warning',
  });
  const packages = new Set([
    'node_modules/oxc-parser',
    ...Object.keys(metafile.inputs).map(packageOf).filter(Boolean),
  ]);
  const licences = await Promise.all([...packages].sort().map(readLicence));
  return {
    'action/main.cjs': Buffer.from(outputFiles[0].contents),
    'action/parser.wasm': await readFile(PARSER),
    'action/THIRD_PARTY_LICENSES.txt': Buffer.from(`${licences.join('\n\n---\n\n')}\n`),
  };
};
