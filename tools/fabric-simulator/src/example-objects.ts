import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './kube/kube-object.ts';
import { userKinds } from './kube/kinds.ts';

export const exampleNames = ['spine-leaf', 'mesh'] as const;
export type ExampleName = (typeof exampleNames)[number];

/** The folder of an example fabric in `examples/`, as an absolute path. */
export function exampleFolder(name: ExampleName): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
}

/** The objects of an example as they stand in its files, in an order in which they can be applied. */
export function exampleObjects(name: ExampleName): KubeObject[] {
  const folder = exampleFolder(name);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml')).sort();
  const objects = files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as KubeObject));
  const place = (object: KubeObject): number => userKinds.findIndex(({ kind }) => kind === object.kind);
  return objects.sort((a, b) => place(a) - place(b));
}
