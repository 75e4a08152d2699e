import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** git-sync tells that a fabric's source became readable or ceased to be: unreachable, refused, branch gone, directory missing. */
export const sourceStateChangedV1 = defineMessage({
  type: 'source.state_changed', version: 1, role: 'event', from: 'git-sync', to: ['fabric', 'notification'], order: 'key',
  schema: z.object({
    fabricId: z.uuid(),
    repositoryId: z.uuid(),
    state: z.enum(['ready', 'failing']),
    /** CamelCase: Ready, AuthenticationRefused, HostUnreachable, BranchMissing, DirectoryMissing, TlsUntrusted, TimedOut, LimitExceeded... */
    reason: z.string(),
    message: z.string(),
    since: z.iso.datetime(),
    nextTryAt: z.iso.datetime().nullable(),
    /** Rises with each change of the fabric's source; an older one that comes late is dropped. */
    sequence: z.number().int().positive().optional(),
    /** Host of the repository: what fails of one server has one cause. */
    server: z.string().optional(),
  }),
});
