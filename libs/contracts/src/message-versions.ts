import type { MessageContract } from './define-message.ts';

/** Data of a message as the present version of its contract has it. */
export type ReadData = { ok: true; data: unknown } | { ok: false; issues: readonly { path: PropertyKey[]; message: string }[] };

/** The contract itself and the older versions of it that are taken, newest first. */
export function versionsOf(contract: MessageContract): MessageContract[] {
  return [contract, ...(contract.supersedes ? versionsOf(contract.supersedes.contract) : [])];
}

/**
 * Checks data of any version that is taken, and brings it to the present one, step by step.
 * @returns undefined when the version is not taken
 */
export function readData(contract: MessageContract, version: number, data: unknown): ReadData | undefined {
  if (version === contract.version) {
    const read = contract.schema.safeParse(data);
    return read.success ? { ok: true, data: read.data } : { ok: false, issues: read.error.issues };
  }
  if (!contract.supersedes) return undefined;
  const older = readData(contract.supersedes.contract, version, data);
  return older?.ok ? readData(contract, contract.version, contract.supersedes.upgrade(older.data)) : older;
}
