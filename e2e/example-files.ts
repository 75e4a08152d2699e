import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ExampleName, exampleFolder } from '@heddle/fabric-simulator';

/** The files of an example under a directory, as `WorkRepo.publish` takes them. */
export function exampleFiles(name: ExampleName, directory: string = name): Record<string, string> {
  const folder = exampleFolder(name);
  return Object.fromEntries(globSync('**/*.yaml', { cwd: folder }).map((file) => [path.posix.join(directory, file), readFileSync(path.join(folder, file), 'utf8')]));
}
