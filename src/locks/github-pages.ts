/** One page of a list as it was last sent, and what it is asked for again by. */
export type Page = { etag: string; link: string | undefined; data: unknown };

export type Pages = {
  get(url: string): Page | undefined;
  keep(url: string, page: Page): void;
  /** True where something was kept since it was read. */
  hasChanged(): boolean;
  entries(): [string, Page][];
};

/** So many pages at most; which go first is all the same, for whatever is missing is fetched. */
const MAX_PAGES = 40;

const isPage = (json: unknown): json is Page => {
  const page = json as Partial<Page> | null;
  return (
    typeof page?.etag === 'string' &&
    ['string', 'undefined'].includes(typeof page.link) &&
    'data' in page
  );
};

const readEntries = (text: string | undefined): [string, Page][] => {
  try {
    const json: unknown = JSON.parse(text ?? '{}');
    return Object.entries(json as object).filter((entry): entry is [string, Page] =>
      isPage(entry[1]),
    );
  } catch {
    return [];
  }
};

/** The links of an issue and of its author make up most of it, and nobody asks for them. */
const withoutLinks = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(withoutLinks);
  if (typeof json !== 'object' || json === null) return json;
  const kept = Object.entries(json).filter(
    ([name]) => name === 'html_url' || !/(?:^|_)url$/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutLinks(value)]));
};

/** What was kept, from its text; none where it cannot be read: it saves requests, and no more. */
export const parsePages = (text: string | undefined): Pages => {
  const pages = new Map(readEntries(text));
  let changed = false;
  return {
    get: (url) => pages.get(url),
    keep: (url, page) => {
      if (pages.get(url)?.etag === page.etag) return;
      pages.delete(url);
      pages.set(url, { ...page, data: withoutLinks(page.data) });
      changed = true;
    },
    hasChanged: () => {
      const answer = changed;
      changed = false;
      return answer;
    },
    entries: () => [...pages],
  };
};

/** The newest pages as text. */
export const serialisePages = (pages: Pages): string =>
  JSON.stringify(Object.fromEntries(pages.entries().slice(-MAX_PAGES)));
