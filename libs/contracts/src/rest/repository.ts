import { z } from 'zod';
import { breakerSchema } from '../condition.ts';
import { nameSchema } from '../page.ts';
import { patchOf } from '../patch-of.ts';

/** States of a repository (DOMAIN: pending → testing → connected | failed). */
export const repositoryStateSchema = z.enum(['pending', 'testing', 'connected', 'failed']);
export type RepositoryState = z.infer<typeof repositoryStateSchema>;

/** Credentials as they come in; stored encrypted, never returned. */
export const repositoryCredentialsSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('none') }),
  /** A token over HTTPS; `username` is what the provider wants beside it (default `git`). */
  z.object({ type: z.literal('token'), token: z.string().min(1), username: z.string().optional() }),
  z.object({ type: z.literal('basic'), username: z.string().min(1), password: z.string().min(1) }),
  /** A private key in OpenSSH or PEM form and the server's known_hosts lines. */
  z.object({ type: z.literal('ssh'), privateKey: z.string().min(1), knownHosts: z.string().min(1) }),
]);
export type RepositoryCredentials = z.infer<typeof repositoryCredentialsSchema>;

export const repositorySpecSchema = z.object({
  name: nameSchema,
  /** https://, http:// (only where private addresses are allowed), ssh:// or user@host:path. */
  url: z.string().min(1).max(2_000),
  provider: z.enum(['github', 'gitlab', 'gitea', 'generic']).default('generic'),
  defaultBranch: z.string().min(1).max(255).default('main'),
  credentials: repositoryCredentialsSchema.default({ type: 'none' }),
  /** PEM bundle that the server's certificate is checked against, beside the system's. */
  certificateAuthority: z.string().optional(),
  /** Seconds between two `ls-remote`; default 60. */
  pollSeconds: z.number().int().min(5).max(86_400).default(60),
  /** Secret of the webhook; generated and returned once when it is left out. */
  webhookSecret: z.string().min(16).optional(),
});
export type RepositorySpec = z.infer<typeof repositorySpecSchema>;

export const repositoryPatchSchema = patchOf(repositorySpecSchema.omit({ name: true }));

/** A repository as it is shown. */
export const repositoryViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  provider: z.string(),
  defaultBranch: z.string(),
  authentication: z.object({ type: z.string(), username: z.string().nullable(), ownCertificateAuthority: z.boolean() }),
  pollSeconds: z.number(),
  state: repositoryStateSchema,
  reason: z.string(),
  message: z.string(),
  since: z.iso.datetime(),
  breaker: breakerSchema,
  lastCheckedAt: z.iso.datetime().nullable(),
  lastFetchedAt: z.iso.datetime().nullable(),
  /** Fabrics that read it, by id. */
  fabrics: z.array(z.uuid()),
  createdAt: z.iso.datetime(),
  /** Only in the answer to the creation, when Heddle generated it. */
  webhookSecret: z.string().optional(),
});
export type RepositoryView = z.infer<typeof repositoryViewSchema>;
