import { z } from 'zod';

/** What to look for: an IPv4 address or subnet, a MAC address, `device/port`, a VLAN, ASN or VNI, or the name of an object. */
export const whereQuerySchema = z.object({
  q: z.string().trim().min(1).max(253),
  /** Id or name; absent: in every fabric. */
  fabric: z.string().min(1).max(63).optional(),
});

export const whereHitSchema = z.object({
  fabricId: z.uuid(),
  fabric: z.string(),
  kind: z.string(),
  name: z.string(),
  /** Path of the field in the object; null where the object itself is meant. */
  field: z.string().nullable(),
  /** What stands there: `subnet`, `vlan`, `link-ip`, `port`, `leaf-asn`, `lease`, `vni`, ...; `object` for a name. */
  what: z.string(),
  value: z.string(),
  /** The namespace or connection within which the value counts; null where there is none. */
  scope: z.string().nullable(),
  /** State of the object; null for objects that controllers write. */
  state: z.string().nullable(),
  /** Where it stands in Git. */
  path: z.string().nullable(),
  line: z.number().nullable(),
  /** What else is known, such as the host of a lease. */
  note: z.string().nullable(),
});
export type WhereHit = z.infer<typeof whereHitSchema>;

export const whereAnswerSchema = z.object({
  /** As what the text was taken, and in which form it was looked for. */
  sort: z.enum(['address', 'subnet', 'vlan', 'asn', 'vni', 'number', 'mac', 'port', 'name']),
  text: z.string(),
  /** The narrowest first: an address before the subnet that holds it before the pool. */
  hits: z.array(whereHitSchema),
  /** There are more hits than are listed. */
  more: z.boolean(),
  /** What can't be told, and why, a sentence each. */
  unknown: z.array(z.string()),
});
export type WhereAnswer = z.infer<typeof whereAnswerSchema>;

export const freeQuerySchema = z.object({
  space: z.enum(['vlan', 'subnet', 'asn', 'port', 'protocol-ip', 'vtep-ip']),
  /** IPv4Namespace of a subnet, VLANNamespace of a VLAN. */
  namespace: z.string().min(1).max(253).default('default'),
  /** Prefix length of the subnet. */
  length: z.coerce.number().int().min(8).max(30).default(24),
  /** The switch whose ports are meant. */
  switch: z.string().min(1).max(253).optional(),
  count: z.coerce.number().int().min(1).max(500).default(10),
});

export const freeAnswerSchema = z.object({
  space: z.string(),
  /** Out of what is chosen: ranges, subnets, or the ports of a switch. */
  within: z.array(z.string()),
  /** The lowest ones that neither Git nor the cluster has in use. */
  free: z.array(z.string()),
  /** How many are free in all; null where nobody counts them. */
  total: z.number().nullable(),
});
export type FreeAnswer = z.infer<typeof freeAnswerSchema>;
