import { allContracts } from './all-contracts.ts';
import { checkContracts } from './check-contracts.ts';
import { tellBreak } from './compare-contract.ts';
import { releasedWithSamples } from './compare-samples.ts';
import { readReleased, writeReleased } from './released-folder.ts';

/** `npm run contracts`: holds the message contracts against the last release. `npm run contracts -- release`: when nothing breaks, makes them the last release. */
export async function contracts([what = 'check']: string[]): Promise<number> {
  if (what !== 'check' && what !== 'release') {
    console.error(`No such command: 'contracts ${what}'. There are: check, release.`);
    return 2;
  }
  const all = allContracts();
  const breaks = checkContracts(readReleased(), all);
  for (const one of breaks) console.error(tellBreak(one));
  if (breaks.length > 0) return 1;
  if (what === 'check') console.log(`contracts: ${all.length} fit the last release`);
  else for (const file of writeReleased(all.map(releasedWithSamples))) console.log(`contracts: wrote libs/contracts/released/${file}`);
  return 0;
}
