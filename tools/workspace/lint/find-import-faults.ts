import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { WorkspaceProject } from './workspace-project.ts';

export interface SourceFile {
  /** From the top of the repository. */
  path: string;
  imports: string[];
}

/**
 * Who may import whom, by the first of a project's tags that is named here. What is not listed is
 * forbidden: no app imports an app, the knowledge of Hedgehog's kinds is the fabric service's, and the reading of
 * manifests is git-sync's; the CLI has both, since it validates without any service (ADR 020).
 */
const mayImport: Record<string, string[]> = {
  'app:cli': ['scope:contracts', 'scope:hedgehog', 'scope:manifests'],
  'app:git-sync': ['scope:platform', 'scope:messaging', 'scope:contracts', 'scope:manifests'],
  'app:fabric': ['scope:platform', 'scope:messaging', 'scope:contracts', 'scope:hedgehog'],
  'scope:app': ['scope:platform', 'scope:messaging', 'scope:contracts'],
  'scope:messaging': ['scope:platform', 'scope:contracts'],
  'scope:platform': ['scope:contracts'],
  'scope:hedgehog': ['scope:contracts'],
  'scope:manifests': ['scope:contracts'],
  'scope:contracts': [],
  'scope:testing': ['scope:tool', 'scope:platform', 'scope:messaging', 'scope:contracts'],
  'scope:tool': ['scope:tool', 'scope:contracts'],
  'scope:test': ['scope:testing', 'scope:tool', 'scope:contracts'],
  'scope:root': ['scope:tool', 'scope:testing', 'scope:platform', 'scope:messaging', 'scope:contracts', 'scope:hedgehog', 'scope:manifests'],
};
const testsMayImport = ['scope:testing', 'scope:tool'];

/** The imports of a file that cross a boundary, or name a package that its package.json doesn't. */
export function findImportFaults(file: SourceFile, projects: WorkspaceProject[]): string[] {
  const owner = ownerOf(file.path, projects);
  const root = ownerOf('', projects);
  const isTest = /\.spec\.ts$|(^|\/)(test|contract)\//.test(file.path);
  return file.imports.flatMap((specifier) => {
    const fault = specifier.startsWith('.')
      ? relativeFault(file, specifier, owner, projects)
      : packageFault(packageOf(specifier), owner, root, projects, isTest);
    return fault === undefined ? [] : [`${file.path}: imports ${specifier}, ${fault}`];
  });
}

function relativeFault(file: SourceFile, specifier: string, owner: WorkspaceProject, projects: WorkspaceProject[]): string | undefined {
  const target = ownerOf(posix.join(posix.dirname(file.path), specifier), projects);
  if (target === owner || owner.folder === '') return undefined;
  return `a file of ${target.name}: import the package by its name`;
}

function packageFault(
  name: string, owner: WorkspaceProject, root: WorkspaceProject, projects: WorkspaceProject[], isTest: boolean,
): string | undefined {
  if (isBuiltin(name) || name === owner.name) return undefined;
  const target = projects.find((project) => project.name === name);
  if (target === undefined) {
    const declared = owner.dependencies.has(name) || (isTest && root.dependencies.has(name));
    return declared ? undefined : `which the package.json of ${owner.name} doesn't declare`;
  }
  const tag = Object.keys(mayImport).find((each) => owner.tags.includes(each));
  const allowed = [...(mayImport[tag ?? ''] ?? []), ...(isTest ? testsMayImport : [])];
  if (!target.tags.some((each) => allowed.includes(each))) return `but ${tag ?? owner.name} must not import ${target.tags.join(', ')}`;
  return isTest || owner === root || owner.dependencies.has(name) ? undefined : `which the package.json of ${owner.name} doesn't declare`;
}

/** `@scope/name/deep` → `@scope/name`, `node:fs` as it is. */
function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function ownerOf(path: string, projects: WorkspaceProject[]): WorkspaceProject {
  const owner = projects.find(({ folder }) => folder === '' || path.startsWith(`${folder}/`));
  if (owner === undefined) throw new Error(`No project holds ${path}`);
  return owner;
}
