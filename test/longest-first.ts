import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that start processes come first, for they take longest whatever their size, by which vitest sorts a
 * fresh clone's: the quick ones fill the workers that are free while the last of the long ones goes on. A
 * worker is small then, too, and to start a process it is copied.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/e2e/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
