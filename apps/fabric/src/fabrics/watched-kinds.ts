import type { MessageInput } from '@heddle/contracts';
import { contentHash, RELEASE_MARKS, WATCHED_KINDS } from '@heddle/hedgehog';

/** What k8s-sync watches of every fabric, as data from the catalogue of kinds. */
export const watchedKinds: MessageInput<'cluster.watch'>['kinds'] = WATCHED_KINDS.map(({ group, version, plural, kind, watch }) => ({
  group, version, plural, kind, role: watch.role, projection: watch.projection === null ? null : [...watch.projection], throttle: watch.throttle.map((each) => ({ ...each })),
  fields: RELEASE_MARKS.filter((mark) => mark.kind === kind).map(({ path }) => path),
}));

/** By which a fabric is seen to be watched for other fields than these. */
export const watchedHash = contentHash({ watchedKinds } as never);
