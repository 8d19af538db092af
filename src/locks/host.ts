/** Why a host did not do what it was asked for. */
export type HostFailure = {
  kind:
    | 'unauthorised'
    | 'forbidden'
    | 'rate-limited'
    | 'missing'
    | 'invalid'
    | 'server'
    /** No answer, or half of one: what was asked for may have happened. */
    | 'unreachable';
  /** The host's own words: somebody's text. */
  message: string;
  /** When a rate limit ends, in milliseconds since 1970. */
  until?: number;
};

/** `at` is the host's time, to the second, in milliseconds since 1970; undefined where it says none. */
export type HostAnswer = { data: unknown; at: number | undefined } | { failure: HostFailure };

/** Values of a route's places, of its query, and of the body. */
export type HostParameters = Readonly<Record<string, unknown>>;

/**
 * A host of issues, as far as a store asks it. Failures are answers: what each means is for the caller. A
 * call that only reads, or comes to the same when it is made twice, is made again where that may help.
 */
export type Host = {
  call(route: string, parameters: HostParameters): Promise<HostAnswer>;
  /** All pages of a list, until `isEnough` of them has come; what has not changed is not sent again. */
  list(
    route: string,
    parameters: HostParameters,
    isEnough?: (items: readonly unknown[]) => boolean,
  ): Promise<HostAnswer>;
};

/** Where pages are kept between two processes. */
export type PageCache = { load: () => string | undefined; save: (text: string) => void };
