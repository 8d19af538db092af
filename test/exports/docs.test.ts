import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPORT_RULE_NAMES } from '../../src/exports/rules.ts';
import { auditFiles, show } from './audit-files.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/exports.md'), 'utf8');

type Files = Record<string, string>;

type Example = { rule: string; language: string; kind: string; files: Files; base: Files | null };

/** The packages that the examples are of. */
const ENTRIES: Readonly<Record<string, string>> = {
  rust: 'src/lib.rs',
  ts: 'src/index.ts',
  python: 'pkg/__init__.py',
};
const MANIFESTS: Files = {
  'Cargo.toml': '[package]\nname = "demo"\nedition = "2021"\n',
  'package.json': '{ "name": "demo" }',
};

/** A comment that is a file's name begins that file. */
const readFiles = (code: string): Files => {
  const files: Files = { ...MANIFESTS };
  let path = '';
  for (const line of code.split('\n')) {
    const named = /^(?:\/\/|#) ([\w/]+\.(?:rs|ts|py))$/.exec(line)?.[1];
    if (named) path = named;
    else files[path] = `${files[path] ?? ''}${line}\n`;
  }
  return files;
};

const listExamples = (): Example[] => {
  const sections = PAGE.split(/^### /m).slice(1);
  return sections.flatMap((section) => {
    const rule = /^`(exports\/[a-z-]+)`/.exec(section)?.[1] ?? '';
    let base: Files | null = null;
    return [...section.matchAll(/^```(\w+) (before|bad|good)\n([\s\S]*?)^```$/gm)].flatMap(
      ([, language = '', kind = '', code = '']) => {
        const files = readFiles(code.trimEnd());
        if (kind === 'before') base = files;
        return kind === 'before' ? [] : [{ rule, language, kind, files, base }];
      },
    );
  });
};

const examples = listExamples();

const auditExample = ({ language, files, base }: Example): string[] =>
  show(auditFiles(files, base, { configured: [ENTRIES[language] ?? ''] }));

describe('the page', () => {
  it('has a section a rule, and an example of each kind in it', () => {
    const kinds = EXPORT_RULE_NAMES.filter((rule) => rule !== 'exports/claim').flatMap((rule) =>
      ['bad', 'good'].map((kind) => `${rule} ${kind}`),
    );
    const there = new Set(examples.map(({ rule, kind }) => `${rule} ${kind}`));
    expect(kinds.filter((kind) => !there.has(kind))).toEqual([]);
    expect(EXPORT_RULE_NAMES.filter((rule) => !PAGE.includes(`### \`${rule}\``))).toEqual([]);
  });

  it.each(examples.filter(({ kind }) => kind === 'bad'))(
    '$rule is found in its bad $language',
    (example) => {
      const rule = ` ${example.rule.replace('exports/', '')} `;
      expect(auditExample(example).filter((line) => `${line} `.includes(rule))).toHaveLength(1);
    },
  );

  it.each(examples.filter(({ kind }) => kind === 'good'))(
    'nothing is found in the good $language of $rule',
    (example) => {
      expect(auditExample(example)).toEqual([]);
    },
  );
});
