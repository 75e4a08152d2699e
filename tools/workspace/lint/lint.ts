import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repositoryRoot } from '@heddle/local';
import { checkImports } from './check-imports.ts';
import { withPlantedFault } from './planted-fault.ts';

const run = promisify(execFile);

/** `npm run lint`: oxlint with types, the boundaries between projects, and whether both would fail. */
export async function lint(): Promise<number> {
  const findings = await oxlint([]);
  if (findings !== undefined) console.error(findings);
  const faults = checkImports();
  for (const fault of faults) console.error(fault);
  const blind = await blindChecks();
  for (const check of blind) console.error(`The planted fault was not found by ${check}: its silence means nothing`);
  const failed = findings !== undefined || faults.length > 0 || blind.length > 0;
  console.log(failed ? 'lint: failed' : 'lint: no fault; a planted forbidden import and a planted floating promise were found');
  return failed ? 1 : 0;
}

async function blindChecks(): Promise<string[]> {
  return withPlantedFault(async (path) => {
    const imports = checkImports().some((fault) => fault.startsWith(path) && fault.includes('must not import'));
    const promises = (await oxlint([path]))?.includes('no-floating-promises');
    return [...(imports ? [] : ['the boundary check']), ...(promises ? [] : ['oxlint'])];
  });
}

/** @returns what oxlint says, or undefined when it finds nothing */
async function oxlint(paths: string[]): Promise<string | undefined> {
  try {
    await run(process.execPath, ['node_modules/oxlint/bin/oxlint', '--type-aware', ...paths], { cwd: repositoryRoot, maxBuffer: 1 << 26 });
    return undefined;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined) throw error;
    return `${stdout}${stderr ?? ''}`;
  }
}
