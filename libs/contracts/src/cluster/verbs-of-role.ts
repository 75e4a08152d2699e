import type { MessageData } from '../messages.ts';

type Role = MessageData<'cluster.watch'>['kinds'][number]['role'];

/** What Heddle does with the objects of a kind in its cluster, as RBAC's verbs: what it applies and deletes, and what it only watches. */
export const VERBS_OF_ROLE: Readonly<Record<Role, readonly string[]>> = {
  object: ['list', 'watch', 'get', 'create', 'patch', 'delete'],
  agent: ['list', 'watch', 'get'],
};
