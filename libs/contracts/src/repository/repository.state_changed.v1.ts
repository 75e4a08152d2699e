import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { repositoryStateSchema } from '../rest/repository.ts';

/** git-sync tells that a repository moved in its state machine (pending, testing, connected, failed). */
export const repositoryStateChangedV1 = defineMessage({
  type: 'repository.state_changed', version: 1, role: 'event', from: 'git-sync', to: ['notification'],
  schema: z.object({
    repositoryId: z.uuid(), name: z.string(),
    from: repositoryStateSchema, to: repositoryStateSchema,
    reason: z.string(), message: z.string(),
  }),
});
