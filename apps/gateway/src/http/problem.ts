import type { Problem } from '@heddle/contracts';
import { catalogueEntry, HeddleError, Internal, Invalid, NotAllowed, NotFound, Unavailable, isDatabaseDown, type ErrorKind } from '@heddle/platform';
import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';

const STATUS: Record<ErrorKind, number> = {
  not_found: 404, gone: 410, invalid: 422, conflict: 409, not_allowed: 403, unavailable: 503, stalled: 409, internal: 500,
};
/** Who asks is not known: 401 rather than 403. */
const UNAUTHENTICATED = new Set(['AUTH-001', 'AUTH-002', 'AUTH-003']);

/** Renders an error as problem+json (RFC 9457). */
export function problemOf(error: unknown, instance?: string, correlationId?: string): Problem {
  const known = asHeddleError(error);
  const status = statusOf(error, known);
  const entry = catalogueEntry(known.code);
  return {
    type: `urn:heddle:error:${known.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: known.message,
    code: known.code,
    ...(entry && { severity: entry.severity }),
    remedy: known.remedy,
    ...(instance && { instance }),
    ...(correlationId && { correlationId }),
    ...(known.retryAfterSeconds !== undefined && { retryAfter: known.retryAfterSeconds }),
    ...(known.errors && { errors: [...known.errors] }),
  };
}

function statusOf(error: unknown, known: HeddleError): number {
  if (UNAUTHENTICATED.has(known.code)) return 401;
  const given = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown }).statusCode;
  return typeof given === 'number' && given >= 400 && given < 600 ? given : STATUS[known.kind];
}

function asHeddleError(error: unknown): HeddleError {
  if (error instanceof HeddleError) return error;
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | undefined)?.statusCode;
  const message = error instanceof Error ? error.message : '';
  if (status === 404) return new NotFound({ code: 'VAL-404', message: `${message || 'There is no such route'}.`, remedy: 'See /api/docs for the routes.' });
  if (status === 413) return new Invalid({ code: 'VAL-413', message: 'The request body is too large.', remedy: 'Send a smaller body.' });
  if (status === 415) return new Invalid({ code: 'VAL-415', message: 'The media type of the body is not understood.', remedy: 'Send application/json.' });
  if (status === 401) return new NotAllowed({ code: 'AUTH-003', message, remedy: 'Send a valid token.' });
  if (status !== undefined && status >= 400 && status < 500) return new Invalid({ code: 'VAL-400', message: `The request can't be read: ${message}`, remedy: 'Correct the request.' });
  if (isDatabaseDown(error)) return new Unavailable({ code: 'SYS-002', message: "The gateway can't reach its database.", remedy: 'Look at PostgreSQL, then try again.', retryAfterSeconds: 5, cause: error });
  return new Internal({ code: 'SYS-001', message: 'An unexpected error occurred.', remedy: 'Look into the log under the correlation id, and report it.', cause: error });
}
