import { expect } from 'vitest';
import * as z from 'zod';

/**
 * The part of the SARIF 2.1.0 schema that our logs use: what it requires there, its types, bounds and
 * enumerations, and, as in the schema, no property beside those that it names.
 */
const text = z.strictObject({ text: z.string() });
const id = z.string().min(1);

/** A relative reference by RFC 3986: no scheme, no authority, nothing but its characters. */
const relativeUri = z
  .string()
  .regex(/^(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-F]{2})*$/, 'has characters that no URI may have')
  .refine((uri) => URL.canParse(uri, 'file:///root/'), 'is no URI reference');

const rule = z.strictObject({ id, shortDescription: text, help: text });

const region = z.strictObject({
  startLine: z.int().min(1),
  startColumn: z.int().min(1).optional(),
});

const location = z.strictObject({
  physicalLocation: z.strictObject({
    artifactLocation: z.strictObject({ uri: relativeUri, uriBaseId: z.literal('%SRCROOT%') }),
    region: region.optional(),
  }),
});

const level = z.enum(['none', 'note', 'warning', 'error']);

const result = z.strictObject({
  ruleId: id,
  ruleIndex: z.int().min(0),
  level,
  message: text,
  locations: z.array(location).min(1),
  partialFingerprints: z.record(z.string(), z.string()),
});

const invocation = z.strictObject({
  executionSuccessful: z.boolean(),
  toolExecutionNotifications: z.array(z.strictObject({ level, message: text })),
});

const run = z
  .strictObject({
    tool: z.strictObject({
      driver: z.strictObject({
        name: id,
        semanticVersion: z.string(),
        rules: z.array(rule),
      }),
    }),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
    invocations: z.array(invocation),
    results: z.array(result),
  })
  .refine(
    ({ tool, results }) =>
      results.every(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id === ruleId),
    'a ruleIndex is of another rule',
  )
  .refine(({ tool }) => {
    const ids = tool.driver.rules.map((one) => one.id);
    return new Set(ids).size === ids.length;
  }, 'a rule is there twice')
  .refine(({ results }) => {
    const prints = results.map((one) => JSON.stringify(one.partialFingerprints));
    return new Set(prints).size === prints.length;
  }, 'two results have one fingerprint');

const log = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(run).length(1),
});

/** Holds a log to the schema; returns its one run. */
export const assertSarif = (json: unknown): z.infer<typeof run> => {
  // As a reader gets it: what is undefined is not there.
  const parsed = log.safeParse(JSON.parse(JSON.stringify(json)));
  expect(parsed.error?.issues ?? []).toEqual([]);
  const [only] = parsed.data?.runs ?? [];
  if (!only) throw new Error('the log has no run');
  return only;
};
