import { type InstallationPatch, installationSchema, type Release } from '@heddle/contracts';
import { DEFAULT_FABRIC_SETTINGS, type FabricSettings } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/** What rules are told of the fabric beside its objects. */
export interface FabricRules { settings: FabricSettings; release?: Release }

/** What the fabric runs decides which fields its kinds have, and what its installer switched on which kinds may be used. */
export async function readFabricRules(tx: EntityManager, fabricId: string): Promise<FabricRules> {
  const [row] = await rowsOf<{ release: Release; installation: InstallationPatch }>(tx, 'select release, installation from fabric where id = $1', [fabricId]);
  const { gateway, vpcPeering, switchProfiles } = installationSchema.parse(row?.installation ?? {});
  return { settings: { ...DEFAULT_FABRIC_SETTINGS, gatewayEnabled: gateway, vpcPeeringEnabled: vpcPeering, switchProfiles }, ...(row && { release: row.release }) };
}
