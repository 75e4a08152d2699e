import { describe, expect, it } from 'vitest';
import { findImportFaults } from './find-import-faults.ts';
import type { WorkspaceProject } from './workspace-project.ts';

const project = (name: string, folder: string, tags: string[], ...dependencies: string[]): WorkspaceProject =>
  ({ name, folder, tags, dependencies: new Set(dependencies) });

const projects = [
  project('@heddle/gateway', 'apps/gateway', ['scope:app', 'app:gateway'], '@heddle/platform', '@heddle/hedgehog', 'zod'),
  project('@heddle/fabric', 'apps/fabric', ['scope:app', 'app:fabric'], '@heddle/hedgehog'),
  project('@heddle/cli', 'apps/cli', ['scope:app', 'app:cli'], '@heddle/hedgehog', '@heddle/manifests'),
  project('@heddle/hedgehog', 'libs/hedgehog', ['scope:hedgehog']),
  project('@heddle/manifests', 'libs/manifests', ['scope:manifests']),
  project('@heddle/platform', 'libs/platform', ['scope:platform']),
  project('@heddle/testing', 'libs/testing', ['scope:testing']),
  project('heddle', '', ['scope:root'], 'vitest'),
];
const faults = (path: string, ...imports: string[]): string[] => findImportFaults({ path, imports }, projects);

describe('findImportFaults', () => {
  it('allows what the tags and the package.json name', () => {
    expect(faults('apps/gateway/src/a.ts', 'node:fs', 'zod', 'zod/v4', '@heddle/platform', './b.ts')).toEqual([]);
    expect(faults('apps/fabric/src/a.ts', '@heddle/hedgehog')).toEqual([]);
  });

  it('keeps Hedgehog away from every app but fabric', () => {
    expect(faults('apps/gateway/src/a.ts', '@heddle/hedgehog')).toEqual([expect.stringContaining('scope:app must not import scope:hedgehog')]);
  });

  it('lets the CLI validate by rules and manifests alone', () => {
    expect(faults('apps/cli/src/a.ts', '@heddle/hedgehog', '@heddle/manifests')).toEqual([]);
    expect(faults('apps/cli/src/a.ts', '@heddle/platform')).toHaveLength(1);
    expect(faults('libs/manifests/src/a.ts', '@heddle/hedgehog')).toEqual([expect.stringContaining('scope:manifests must not import scope:hedgehog')]);
  });

  it('keeps an app from importing an app', () => {
    expect(faults('apps/gateway/src/a.ts', '@heddle/fabric')).toHaveLength(1);
    expect(faults('apps/gateway/src/a.ts', '../../fabric/src/a.ts')).toEqual([expect.stringContaining('import the package by its name')]);
  });

  it('names a package that is not declared', () => {
    expect(faults('apps/fabric/src/a.ts', 'zod')).toEqual([expect.stringContaining("doesn't declare")]);
    expect(faults('apps/fabric/src/a.ts', '@heddle/platform')).toEqual([expect.stringContaining("doesn't declare")]);
  });

  it('lets tests alone use the testing tools', () => {
    expect(faults('apps/fabric/src/a.spec.ts', 'vitest', '@heddle/testing')).toEqual([]);
    expect(faults('apps/fabric/test/a.int.spec.ts', 'vitest', '@heddle/testing')).toEqual([]);
    expect(faults('apps/fabric/src/a.ts', 'vitest', '@heddle/testing')).toHaveLength(2);
  });
});
