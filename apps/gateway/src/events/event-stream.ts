import type { LoggedEvent } from '@heddle/contracts';

/** One event as server-sent events have it; the id is the position in the log, which Last-Event-ID brings back. */
export function renderEvent(logged: LoggedEvent): string {
  const type = typeof logged.event['event_type'] === 'string' ? logged.event['event_type'] : 'message';
  return `id: ${logged.position}\nevent: ${type}\ndata: ${JSON.stringify(logged.event)}\n\n`;
}

/** A comment keeps proxies from closing a quiet stream. */
export function renderComment(text: string): string {
  return `: ${text.replaceAll('\n', ' ')}\n\n`;
}
