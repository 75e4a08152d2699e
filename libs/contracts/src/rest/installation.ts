import { z } from 'zod';
import { patchOf } from '../patch-of.ts';

/** What Hedgehog's installer has switched on in a fabric. It stands outside of what Heddle may read in a cluster, and rules hang on it: so it is told. */
export const installationSchema = z.object({
  /** Gateways are there: without them Gateway, GatewayGroup and GatewayPeering are refused. */
  gateway: z.boolean().default(true),
  /** VPCs may be peered within the fabric. */
  vpcPeering: z.boolean().default(true),
  /** Names of the switch profiles that may be used; null: all that the cluster has. */
  switchProfiles: z.array(z.string().min(1).max(253)).max(200).nullable().default(null),
});
export type Installation = z.infer<typeof installationSchema>;

/** A change to it; what is absent stays. */
export const installationPatchSchema = patchOf(installationSchema);
export type InstallationPatch = z.infer<typeof installationPatchSchema>;
