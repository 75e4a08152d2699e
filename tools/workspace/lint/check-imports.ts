import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import ts from 'typescript';
import { findImportFaults } from './find-import-faults.ts';
import { workspaceProjects } from './workspace-project.ts';

const ignored = (path: string): boolean => /(^|\/)(node_modules|dist)(\/|$)/.test(path);

/** Reads the imports of every source and test. @returns the faults as lines; throws when it finds no file */
export function checkImports(): string[] {
  const projects = workspaceProjects();
  const paths = globSync(['{apps,libs,tools,e2e}/**/*.ts', '*.ts'], { cwd: repositoryRoot, exclude: (path) => ignored(String(path)) });
  if (paths.length === 0) throw new Error('No sources were found to check');
  return paths.filter((path) => !ignored(path)).sort().flatMap((path) => {
    const text = readFileSync(join(repositoryRoot, path), 'utf8');
    const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    return findImportFaults({ path, imports }, projects);
  });
}
