import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import { pageOf, pageQuerySchema, referenceSchema } from '../page.ts';
import { connectionTestSchema } from '../rest/connection-test.ts';
import { repositoryPatchSchema, repositorySpecSchema, repositoryViewSchema } from '../rest/repository.ts';

const repository = z.object({ repository: referenceSchema });

/** What git-sync answers. */
export const repositoryCreate = defineRequest({ method: 'repository.create', service: 'git-sync', request: repositorySpecSchema, response: repositoryViewSchema });
export const repositoryList = defineRequest({ method: 'repository.list', service: 'git-sync', request: pageQuerySchema, response: pageOf(repositoryViewSchema) });
export const repositoryGet = defineRequest({ method: 'repository.get', service: 'git-sync', request: repository, response: repositoryViewSchema });
export const repositoryUpdate = defineRequest({ method: 'repository.update', service: 'git-sync', request: repository.extend({ patch: repositoryPatchSchema }), response: repositoryViewSchema });
/** Refused with a conflict while a fabric reads the repository. */
export const repositoryDelete = defineRequest({ method: 'repository.delete', service: 'git-sync', request: repository, response: z.object({ id: z.uuid() }) });
export const repositoryTest = defineRequest({ method: 'repository.test', service: 'git-sync', request: repository.extend({ branch: z.string().optional(), directory: z.string().optional() }), response: connectionTestSchema, deadlineMs: 20_000 });
/** Looks for new commits now instead of at the next poll. */
export const repositoryRefresh = defineRequest({ method: 'repository.refresh', service: 'git-sync', request: repository, response: z.object({ accepted: z.boolean() }) });
/** A webhook as it came: git-sync holds the secret and verifies the signature over the raw bytes. */
export const repositoryWebhook = defineRequest({
  method: 'repository.webhook', service: 'git-sync',
  request: repository.extend({
    /** Lower-case names. */
    headers: z.record(z.string(), z.string()),
    /** The raw body, base64. */
    body: z.string(),
  }),
  response: z.object({ accepted: z.boolean(), reason: z.string() }),
});
