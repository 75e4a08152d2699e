import type { IncomingHttpHeaders } from 'node:http';
import type { JsonValue } from '../kube-object.ts';
import type { User } from '../auth/authenticator.ts';
import type { RequestInfo } from './request-info.ts';

/** One authorised request. */
export interface Call {
  info: RequestInfo;
  method: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  user: User;
  body: string;
  /** Sent back as Warning headers. */
  warnings: string[];
}

export interface Answer {
  status: number;
  body: JsonValue;
  /** Text to send as it stands, in place of `body`. */
  text?: string;
  contentType?: string;
}

/** The field manager of a write: the query's, else the first part of the User-Agent. */
export function managerOf(call: Call): string {
  const manager = call.query.get('fieldManager');
  if (manager !== null && manager !== '') return manager;
  return (call.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128) || 'unknown';
}

export function isDryRun(call: Call): boolean {
  return call.query.getAll('dryRun').includes('All');
}
