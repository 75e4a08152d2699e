import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdManifests } from './crd-manifests.ts';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('Name the folder to write the CRD manifests to');
mkdirSync(folder, { recursive: true });
for (const [name, text] of crdManifests()) writeFileSync(join(folder, name), text);
