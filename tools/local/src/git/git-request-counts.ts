import { gunzipSync } from 'node:zlib';

/** What a Git server was asked, to prove how much a client asks. */
export interface GitRequestCounts {
  /** First request of each conversation (`info/refs`). */
  advertisement: number;
  /** Protocol 2: the refs were listed. */
  lsRefs: number;
  /** Protocol 2: objects were asked for. */
  fetch: number;
  push: number;
  /** Refused for want of the right credentials. */
  refused: number;
}

export function noGitRequests(): GitRequestCounts {
  return { advertisement: 0, lsRefs: 0, fetch: 0, push: 0, refused: 0 };
}

/** Counts one request to git's smart HTTP services. */
export function countGitRequest(counts: GitRequestCounts, path: string, body: Buffer, encoding: string | undefined): void {
  if (path.endsWith('/info/refs')) counts.advertisement += 1;
  if (path.endsWith('/git-receive-pack')) counts.push += 1;
  if (!path.endsWith('/git-upload-pack')) return;
  const text = (encoding === 'gzip' ? gunzipSync(body) : body).subarray(0, 200).toString('latin1');
  if (text.includes('command=ls-refs')) counts.lsRefs += 1;
  if (text.includes('command=fetch')) counts.fetch += 1;
}
