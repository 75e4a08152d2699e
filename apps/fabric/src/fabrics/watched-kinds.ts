import type { MessageInput } from '@heddle/contracts';
import { contentHash, type KindDescriptor, MANAGED_KINDS, READ_ONLY_KINDS } from '@heddle/hedgehog';

/** Read-only kinds that say something about what Heddle manages: convergence, what a switch model has, and where addresses and VNIs are. */
const NEEDED = new Set(['Agent', 'GatewayAgent', 'SwitchProfile', 'DHCPSubnet', 'Catalog']);

const WATCHED: readonly KindDescriptor[] = [...MANAGED_KINDS, ...READ_ONLY_KINDS.filter(({ kind }) => NEEDED.has(kind))];

/** What k8s-sync watches of every fabric, as data from the catalogue of kinds. */
export const watchedKinds: MessageInput<'cluster.watch'>['kinds'] = WATCHED.map(({ group, version, plural, kind, watch }) => ({
  group, version, plural, kind, role: watch.role, projection: watch.projection === null ? null : [...watch.projection], throttle: watch.throttle.map((each) => ({ ...each })),
}));

/** By which a fabric is seen to be watched for other fields than these. */
export const watchedHash = contentHash({ watchedKinds } as never);
