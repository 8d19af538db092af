/** Whether this runs where nobody works on anything of theirs; every CI service sets `CI`. */
export const isInCi = (env: NodeJS.ProcessEnv): boolean =>
  !['', '0', 'false'].includes(env.CI ?? '');
