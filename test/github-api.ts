import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** What GitHub's published description says is wrong with a request or an answer; nothing where all is well. */
export type GithubApi = {
  /** The route that a request is of, and the values of its places; undefined where there is none. */
  match(method: string, path: string): { route: string; places: string[] } | undefined;
  checkRequest(route: string, query: URLSearchParams, body: unknown): string[];
  checkAnswer(route: string, status: number, body: unknown): string[];
};

type Schema = Record<string, unknown>;
type Parameter =
  | { name: string; in: string; required?: boolean; schema: Schema }
  | { $ref: string };
type Content = { content?: { 'application/json'?: { schema: Schema } } };
type Operation = {
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content | { $ref: string }>;
};
type Description = {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
};

/** All that is asked of GitHub: anything else is a fault of ours. */
const ROUTES = [
  'GET /repos/{owner}/{repo}/issues',
  'POST /repos/{owner}/{repo}/issues',
  'GET /repos/{owner}/{repo}/issues/{issue_number}',
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/events',
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits',
];

const load = (): Description => {
  const home = createRequire(import.meta.url).resolve('@octokit/openapi/package.json');
  return JSON.parse(readFileSync(join(home, '../generated/api.github.com.json'), 'utf8'));
};

const toPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);

/** OpenAPI 3.0 says of a type that it may be null, JSON Schema that null is another one. */
const withNull = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(withNull);
  if (typeof json !== 'object' || json === null) return json;
  const { nullable, ...schema } = Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, withNull(value)]),
  );
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
};

/** Numbers and flags come as text in a query. */
const readValue = (text: string, { type }: Schema): unknown =>
  type === 'integer' && /^\d+$/.test(text) ? Number(text) : text;

/** The one description of a process; a third of a second to read. */
let known: GithubApi | undefined;

/** GitHub's own description of its API, for the few routes that are asked for. */
export const loadGithubApi = (): GithubApi => {
  known ??= createGithubApi(load());
  return known;
};

const createGithubApi = ({ paths, components }: Description): GithubApi => {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  const resolve = <T extends object>(value: T | { $ref: string }): T => {
    if (!('$ref' in value)) return value;
    const [, section = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(value.$ref) ?? [];
    return components[section]?.[name] as T;
  };
  /** What a schema refers to comes along, and no more of the twelve megabytes. */
  const absolute = (schema: Schema): Schema => {
    const text = JSON.stringify(withNull(schema));
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"/]+)"/g)) {
      if (ajv.getSchema(name) || pending.has(name)) continue;
      pending.add(name);
      ajv.addSchema(absolute(components.schemas?.[name] as Schema), name);
    }
    return JSON.parse(text.replaceAll('"#/components/schemas/', '"'));
  };
  const pending = new Set<string>();
  const compiled = new Map<string, ValidateFunction>();
  const check = (key: string, schema: Schema, value: unknown): string[] => {
    const validate = compiled.get(key) ?? ajv.compile(absolute(schema));
    compiled.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${key}${instancePath}: ${message}`,
    );
  };
  const operationOf = (route: string): Operation => {
    const [method = '', path = ''] = route.split(' ');
    const operation = paths[path]?.[method.toLowerCase()];
    if (operation) return operation;
    throw new Error(`GitHub has no ${route}`);
  };
  const patterns = ROUTES.map((route) => ({
    route,
    pattern: toPattern(route.split(' ')[1] ?? ''),
  }));
  return {
    match: (method, path) => {
      for (const { route, pattern } of patterns) {
        const places = route.startsWith(`${method} `) ? pattern.exec(path)?.slice(1) : undefined;
        if (places) return { route, places: places.map(decodeURIComponent) };
      }
      return undefined;
    },
    checkRequest: (route, query, body) => {
      const { parameters = [], requestBody } = operationOf(route);
      const known = parameters.map((one) => resolve(one as never)) as Exclude<
        Parameter,
        { $ref: string }
      >[];
      const asked = [...query].flatMap(([name, text]) => {
        const parameter = known.find((one) => one.in === 'query' && one.name === name);
        if (!parameter) return [`${route} takes no ${name}`];
        return check(`${route}?${name}`, parameter.schema, readValue(text, parameter.schema));
      });
      const schema = requestBody?.content?.['application/json']?.schema;
      return [...asked, ...(schema ? check(`${route} body`, schema, body) : [])];
    },
    checkAnswer: (route, status, body) => {
      const answer = operationOf(route).responses[status];
      if (!answer) return [`${route} never answers ${status}`];
      const schema = resolve<Content>(answer).content?.['application/json']?.schema;
      return schema ? check(`${route} ${status}`, schema, body) : [];
    },
  };
};
