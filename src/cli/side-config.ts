import { loadKeptConfig, type TrustedBlobs } from '../guard/index.ts';
import type { Config } from '../kit/config.ts';
import type { Files } from '../kit/files.ts';
import type { Git, Repository } from '../kit/git.ts';
import { findCache } from './places.ts';

/** The config of a side by its blobs, or the default one; mostly it is kept, and its schema not set up. */
export const loadSideConfig = (
  at: { context: { files: Files }; git: Git; repository: Repository },
  blobs: TrustedBlobs,
): Config => {
  const { git, repository } = at;
  const { files } = at.context;
  return loadKeptConfig({ git, files, cache: findCache(files, repository.commonDir) }, blobs);
};
