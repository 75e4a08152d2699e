const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Header of a message that is sent again out of the event log: the id of the replay. */
export const REPLAY_HEADER = 'heddle-replay';

/**
 * The consumer under which the inbox notes a message: the queue, or `<queue>@<replay id>` when it comes out of a replay.
 * So a replay reaches a consumer that has handled the message before, and what the replay sends twice is still handled once.
 * A header that is no UUID is left unheeded.
 */
export function inboxConsumerOf(queue: string, headers: Readonly<Record<string, unknown>>): string {
  const replay = headers[REPLAY_HEADER];
  return typeof replay === 'string' && UUID.test(replay) ? `${queue}@${replay}` : queue;
}
