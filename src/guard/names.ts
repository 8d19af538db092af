/** How names of holders and owners compare: holders exactly; e-mails, logins and owners without case. */
export const nameKey = (name: string): string => (name.includes('@') ? name.toLowerCase() : name);

/** True for a name in the config that stands for every holder that it matches, as a glob matches paths. */
export const isHolderGlob = (name: string): boolean => /[*?{]/.test(name);

/** True for two names of which a reader may take one for the other: holders compare exactly. */
export const isNearMiss = (one: string, other: string): boolean =>
  one !== other && fold(one) === fold(other);

const fold = (name: string): string => name.normalize('NFKC').toLowerCase();
