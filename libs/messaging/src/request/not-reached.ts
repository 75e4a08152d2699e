import { Unavailable } from '@heddle/platform';
import type { Question } from '../transport/transport.ts';

/** How long an asker is told to wait when a service does not run. */
const RETRY_AFTER_SECONDS = 5;

/** Codes of the errors that say that the service, rather than the question, is at fault. */
export const NOT_REACHED_CODES: readonly string[] = ['BUS-020', 'BUS-021', 'BUS-022'];

/** Nobody takes questions to the service. */
export function notRunning({ service }: Question): Unavailable {
  return new Unavailable({
    code: 'BUS-020', message: `The service '${service}' is not running.`, remedy: `Start it, or look into its log; it is tried again with each request.`,
    retryAfterSeconds: RETRY_AFTER_SECONDS, details: { service, reason: 'ServiceDown' },
  });
}

/** The deadline has passed without an answer. */
export function late({ service, method, deadlineMs }: Question): Unavailable {
  return new Unavailable({
    code: 'BUS-021', message: `The service '${service}' did not answer '${method}' within ${deadlineMs} ms.`, remedy: 'Try again; when it goes on, look into its log and its load.',
    retryAfterSeconds: 1, details: { service, reason: 'DeadlineExceeded' },
  });
}

/** The broker was out of reach before an answer came. */
export function brokerAway({ service }: Question, cause?: unknown): Unavailable {
  return new Unavailable({
    code: 'BUS-022', message: `The service '${service}' can't be asked: the message broker is out of reach.`, remedy: 'Look at RabbitMQ; the connection comes back by itself.',
    retryAfterSeconds: 1, details: { service, reason: 'BrokerDown' }, cause,
  });
}
