import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogueEntry, errorCatalogue, type CatalogueEntry } from '../src/index.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const CODE = /'((?:AUTH|BUS|GIT|K8S|NET|STATE|SYS|VAL)-\d{3})'/g;
const AREAS: Record<string, string> = {
  AUTH: 'Who asks', BUS: 'Messages, events and their archive', GIT: 'Repositories', K8S: 'Clusters', NET: 'The way there',
  STATE: 'What exists, and in which state', SYS: 'Heddle itself', VAL: 'The request',
};
const WHO: Record<CatalogueEntry['by'], string> = { caller: 'who asks', operator: 'an operator', itself: 'nobody: it passes', report: 'nobody: a defect, report it' };

/** Every code that stands in the sources, with one file where it does. */
function codesInUse(): Map<string, string> {
  const files = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.spec.ts') && !file.endsWith('error-catalogue.ts'));
  return new Map(files.flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(CODE)].map(([, code]) => [code!, file] as const)));
}

function page(): string {
  const sections = Object.entries(AREAS).map(([area, title]) => {
    const rows = Object.entries(errorCatalogue).filter(([code]) => code.startsWith(`${area}-`))
      .map(([code, { meaning, severity, by, recovery }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${meaning} | ${severity} | ${WHO[by]} | ${recovery} |`);
    return `## ${area}: ${title}\n| code | what has happened | severity | who ends it | how |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Errors\n\nEvery error of the REST API, the command line and the log has a code, a message that names the object, and a remedy. This is what each code means whatever the object. Severity is how bad it is for whoever runs Heddle: \`info\` for a request that asks for something else than there is, \`critical\` for what needs a person at once. Why an object is not on its switches is told by [\`heddle explain\`](operations.md), what is wrong with a document by the [rules](rules.md). This page is made from \`libs/platform/src/errors/error-catalogue.ts\`: \`npm test -- libs/platform/test/error-catalogue.spec.ts -u\` writes it anew.\n\n${sections.join('\n')}`;
}

describe('the error catalogue', () => {
  it('has every code that the sources use', () => {
    expect([...codesInUse()].filter(([code]) => catalogueEntry(code) === null)).toEqual([]);
  });

  it('has no code that nothing uses', () => {
    const used = codesInUse();
    expect(Object.keys(errorCatalogue).filter((code) => !used.has(code))).toEqual([]);
  });

  it('docs/errors.md is made from it', async () => {
    await expect(page()).toMatchFileSnapshot('../../../docs/errors.md');
  });
});
