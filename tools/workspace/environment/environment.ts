import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { renderComposeEnvironment, renderKubernetesEnvironment } from './render-environment.ts';

/** The files that follow from the configuration of the services, as they are to be. */
export const environmentFiles: Readonly<Record<string, () => string>> = {
  '.env.example': renderComposeEnvironment,
  'k8s/base/heddle.env': renderKubernetesEnvironment,
};

/** `npm run environment`: writes them. */
export async function environment(): Promise<number> {
  for (const [file, render] of Object.entries(environmentFiles)) {
    writeFileSync(join(repositoryRoot, file), render());
    console.log(`environment: wrote ${file}`);
  }
  return 0;
}
