/** What a verified webhook asks for. */
export type WebhookVerdict =
  | { wants: true; branch: string; reason: string }
  | { wants: false; reason: string };

/** Decides about a webhook of GitHub whose signature was right: pushes to branches that are read count, nothing else. */
export function judgePush(event: string, body: unknown, branches: ReadonlySet<string>): WebhookVerdict {
  if (event === 'ping') return { wants: false, reason: 'Pong: the webhook works.' };
  if (event !== 'push') return { wants: false, reason: `Events of type ${event.slice(0, 50)} are not needed.` };
  const ref = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['ref'] : undefined;
  if (typeof ref !== 'string' || !ref.startsWith('refs/heads/')) return { wants: false, reason: 'The push is not to a branch.' };
  const branch = ref.slice('refs/heads/'.length);
  if (!branches.has(branch)) return { wants: false, reason: `No fabric reads branch ${branch.slice(0, 100)}.` };
  return { wants: true, branch, reason: `Branch ${branch} is fetched.` };
}
