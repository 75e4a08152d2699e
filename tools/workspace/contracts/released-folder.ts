import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import type { ReleasedContract } from './released-contract.ts';

/** Where the contracts of the last release stand, a file each; questions and answers in a folder of their own. */
export const RELEASED_FOLDER = join(repositoryRoot, 'libs/contracts/released');
const REQUESTS = 'requests';

/** @throws on a file that is not named after what it holds */
export function readReleased(folder = RELEASED_FOLDER): ReleasedContract[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort().map((name) => {
    const contract = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ReleasedContract;
    if (name !== fileOf(contract)) throw new Error(`libs/contracts/released/${name} holds ${contract.type}.v${contract.version}: name it ${fileOf(contract)}`);
    return contract;
  });
}

/** @returns the names of the files that changed */
export function writeReleased(contracts: readonly ReleasedContract[], folder = RELEASED_FOLDER): string[] {
  mkdirSync(join(folder, REQUESTS), { recursive: true });
  const before = new Map(readReleased(folder).map((contract) => [fileOf(contract), render(contract)]));
  const changed = contracts.filter((contract) => before.get(fileOf(contract)) !== render(contract));
  for (const contract of changed) writeFileSync(join(folder, fileOf(contract)), render(contract));
  return changed.map(fileOf);
}

function fileOf({ type, version, role }: ReleasedContract): string {
  return join(role === 'question' || role === 'answer' ? REQUESTS : '', `${type}.v${version}.json`);
}

function render(contract: ReleasedContract): string {
  return `${JSON.stringify(contract, null, 1)}\n`;
}
