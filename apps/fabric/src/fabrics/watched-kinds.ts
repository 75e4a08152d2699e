import type { MessageInput } from '@heddle/contracts';
import { type KindDescriptor, MANAGED_KINDS, READ_ONLY_KINDS } from '@heddle/hedgehog';

/** Read-only kinds that say something about what Heddle manages: convergence, and what a switch model has. */
const NEEDED = new Set(['Agent', 'GatewayAgent', 'SwitchProfile']);

const WATCHED: readonly KindDescriptor[] = [...MANAGED_KINDS, ...READ_ONLY_KINDS.filter(({ kind }) => NEEDED.has(kind))];

/** What k8s-sync watches of every fabric, as data from the catalogue of kinds. */
export const watchedKinds: MessageInput<'cluster.watch'>['kinds'] = WATCHED.map(({ group, version, plural, kind, watch }) => ({
  group, version, plural, kind, role: watch.role, projection: watch.projection === null ? null : [...watch.projection], throttle: watch.throttle.map((each) => ({ ...each })),
}));
