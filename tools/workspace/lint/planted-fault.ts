import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';

const folder = 'apps/gateway/src';

/** Has a forbidden import, and a promise that nobody waits for. */
const source = `import { resourceKinds } from '@heddle/hedgehog';
async function forgotten(): Promise<void> {}
forgotten();
export const planted: unknown = resourceKinds;
`;

/**
 * Puts a faulty file into an app while `check` runs, so that we see whether the checks that just
 * passed would have failed: rules that find nothing to look at pass in silence.
 */
export async function withPlantedFault<T>(check: (path: string) => Promise<T>): Promise<T> {
  const path = `${folder}/planted-fault-${process.pid}.ts`;
  const file = join(repositoryRoot, path);
  const remove = (): void => rmSync(file, { force: true });
  process.once('exit', remove);
  if (!existsSync(join(repositoryRoot, folder))) throw new Error(`${folder} is gone: plant the fault elsewhere`);
  writeFileSync(file, source);
  try {
    return await check(path);
  } finally {
    remove();
    process.off('exit', remove);
  }
}
