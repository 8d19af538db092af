import { execFileSync } from 'node:child_process';

/** Tests run what users run: the built bundles, built afresh before the first test. */
export const setup = (): void => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
};
