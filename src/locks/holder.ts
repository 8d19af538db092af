const MAX_HOLDER = 200;

/** What a holder's name may be, in words. */
export const HOLDER_RULE = `use 1 to ${MAX_HOLDER} characters without control characters or blanks around them`;

/**
 * True for a name that can be written into a lock file and told apart on a screen. Of bytes that
 * were no UTF-8 U+FFFD is left, or half a character: two names would become one, or nobody could type it.
 */
export const isHolderName = (name: string): boolean =>
  name !== '' &&
  name.length <= MAX_HOLDER &&
  name.trim() === name &&
  !/[\u0000-\u001f\u007f\ufffd\p{Cs}]/u.test(name);
