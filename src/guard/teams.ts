import { nameKey } from './names.ts';

type Identities = Readonly<Record<string, readonly string[]>>;

/** `@org/team`, or a label of that shape: what stands for it in the config are its members. */
const isTeam = (name: string): boolean => /^@[^/]+\/./.test(name);

type Links = Map<string, string[]>;

const addLink = (links: Links, from: string, to: string): void => {
  const known = links.get(nameKey(from));
  if (known) known.push(to);
  else links.set(nameKey(from), [to]);
};

/** What each name stands for, one step away: a team's line is read backwards. */
const linkNames = (identities: Identities): Links => {
  const links: Links = new Map();
  for (const [key, values] of Object.entries(identities)) {
    for (const value of values) {
      if (isTeam(key)) addLink(links, value, key);
      else addLink(links, key, value);
    }
  }
  return links;
};

/** All that a name stands for, however many steps away; teams may be members of teams, and of each other. */
const listOwners = (name: string, links: Links): string[] => {
  const owners = new Map<string, string>();
  const waiting = [name];
  for (const next of waiting) {
    for (const owner of links.get(nameKey(next)) ?? []) {
      if (owners.has(nameKey(owner))) continue;
      owners.set(nameKey(owner), owner);
      waiting.push(owner);
    }
  }
  return [...owners.values()];
};

/**
 * `owners.identities` with teams resolved: each holder, e-mail, login and glob over holders → every owner
 * that it stands for. `{"@org/core": ["@ann"], "ann@example.com": ["@ann"]}` maps the e-mail to both owners.
 */
export const resolveTeams = (identities: Identities): Record<string, string[]> => {
  const links = linkNames(identities);
  const names = Object.entries(identities).flatMap(([key, values]) =>
    isTeam(key) ? values : [key],
  );
  const known = new Map(names.map((name) => [nameKey(name), name]));
  return Object.fromEntries(
    [...known.values()].map((name): [string, string[]] => [name, listOwners(name, links)]),
  );
};
