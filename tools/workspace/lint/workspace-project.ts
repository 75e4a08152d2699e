import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '@heddle/local';

export interface WorkspaceProject {
  /** Package name, `@heddle/fabric`. */
  name: string;
  /** From the top of the repository, `apps/fabric`; empty for the workspace's own tooling. */
  folder: string;
  tags: string[];
  /** Packages that its package.json names. */
  dependencies: Set<string>;
}

interface PackageJson {
  name: string;
  workspaces?: string[];
  nx?: { tags?: string[] };
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** The projects that the root package.json names, and last the root itself with the tag `scope:root`. */
export function workspaceProjects(): WorkspaceProject[] {
  const root = read('package.json');
  const files = (root.workspaces ?? []).flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: repositoryRoot }));
  const projects = files.sort().map((file) => project(dirname(file), read(file)));
  return [...projects, { ...project('', root), tags: ['scope:root'] }];
}

function project(folder: string, json: PackageJson): WorkspaceProject {
  const dependencies = new Set(Object.keys({ ...json.dependencies, ...json.devDependencies }));
  return { name: json.name, folder, tags: json.nx?.tags ?? [], dependencies };
}

function read(file: string): PackageJson {
  return JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8')) as PackageJson;
}
