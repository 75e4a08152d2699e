import { compareContract, type ContractBreak } from './compare-contract.ts';
import { compareSamples } from './compare-samples.ts';
import { type CheckedContract, released, type ReleasedContract } from './released-contract.ts';

/** What breaks between the last release and the contracts as they are; a new contract breaks nothing. */
export function checkContracts(releases: readonly ReleasedContract[], contracts: readonly CheckedContract[]): ContractBreak[] {
  return releases.flatMap((before) => {
    const contract = contracts.find(({ type, version }) => type === before.type && version === before.version);
    const breaks = compareContract(before, contract && released(contract));
    // Samples would tell the same once more, less clearly.
    return contract && breaks.length === 0 ? compareSamples(before, contract) : breaks;
  });
}
