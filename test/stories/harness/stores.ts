import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  cleanUp,
  createDirectoryForTest,
  describeOnBothStores,
  type DialectForTest,
  type OpenForTest,
} from '../../../src/store/testing.ts';

const MEMORY = '/dev/shm';

/** In memory where the system offers it: stories commit thousands of times, and none of them is about the disk. */
function createQuickDirectory(): string {
  if (!existsSync(MEMORY)) return createDirectoryForTest();
  const directory = mkdtempSync(join(MEMORY, 'firebreak-story-'));
  cleanUp(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Tells the same stories on both stores. */
export function tellOnBothStores(
  name: string,
  body: (open: OpenForTest, on: DialectForTest) => void,
): void {
  describeOnBothStores(name, (openAt, on) => {
    const freshPlace: DialectForTest['freshPlace'] = () =>
      on.dialect === 'sqlite'
        ? Promise.resolve({ sqlite: createQuickDirectory() })
        : on.freshPlace();
    const open: OpenForTest = async (place, options) =>
      await openAt(place ?? (await freshPlace()), options);
    body(open, { ...on, freshPlace });
  });
}
