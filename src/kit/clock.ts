/** Time as the rest of the code sees it: an argument, never a global. */
export type Clock = {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds since some instant, by a clock that nobody sets: for how long something took, and nothing else. */
  steady(): number;
  /** Blocks this process; the commands are short-lived and have nothing else to do meanwhile. */
  sleep(milliseconds: number): void;
  /** Waits, or until `ended` comes, and lets this process do something else meanwhile: hear a signal, say. */
  pause(milliseconds: number, ended?: Promise<unknown>): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  sleep: (milliseconds) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  },
  pause: (milliseconds, ended) =>
    new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      // A timer that is left behind keeps the whole process waiting for it.
      void ended?.then(() => {
        clearTimeout(timer);
        done();
      });
    }),
};

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A century: what is longer is no duration that anybody means, and its end no date that a file can carry. */
const LONGEST = 36_525 * 86_400_000;

/** `90s`, `15m`, `1h`, `2d`, or several of them (`1h30m`) in milliseconds; undefined where it is none, zero, or over a century. */
export const parseDuration = (text: string): number | undefined => {
  if (!/^(?:\d{1,9}[smhd])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  return total > 0 && total <= LONGEST ? total : undefined;
};

/** A duration as `parseDuration` reads it, the shortest one: `90s` is `1m30s`. Parts of a second are rounded up. */
export const formatDuration = (milliseconds: number): string => {
  let rest = Math.max(1, Math.ceil(milliseconds / 1000)) * 1000;
  const parts = (['d', 'h', 'm', 's'] as const).map((unit) => {
    const length = UNITS[unit] ?? 1;
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('');
};

/** A span for people: `54 min`, `3 h 5 min`, `2 days`; under a minute in seconds. */
export const formatSpan = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
};

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/i;

/** An ISO 8601 instant in milliseconds since 1970; without a zone it is UTC; undefined where it is none. */
export const parseInstant = (text: string): number | undefined => {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const zone = (match[3] ?? 'Z').toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const instant = Date.parse(`${match[1]}T${match[2]}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
};

/** ISO 8601 in UTC, as lock files and JSON carry it. */
export const formatInstant = (instant: number): string => new Date(instant).toISOString();

/** An instant for people: `15:42 UTC (in 54 min)`, with the date where it is not today. */
export const describeInstant = (instant: number, now: number): string => {
  const iso = formatInstant(instant);
  const sameDay = iso.slice(0, 10) === formatInstant(now).slice(0, 10);
  const clock = `${sameDay ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 16)} UTC`;
  const span = formatSpan(Math.abs(instant - now));
  return instant > now ? `${clock} (in ${span})` : `${clock} (${span} ago)`;
};
