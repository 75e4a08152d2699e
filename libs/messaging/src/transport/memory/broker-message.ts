/** A message as the broker keeps it; always persistent. */
export interface BrokerMessage {
  exchange: string;
  routingKey: string;
  messageId?: string;
  type?: string;
  /** When it was published, seconds since 1970. */
  timestamp?: number;
  body: Buffer;
  headers: Readonly<Record<string, unknown>>;
  /** 0 to 9, default 0; only queues with priorities look at it. */
  priority?: number;
  /** How long it may wait in a queue, milliseconds; default for ever. */
  ttlMs?: number;
}

/** One entry of the header `x-death`, as RabbitMQ writes it. */
export interface Death {
  queue: string;
  reason: 'expired';
  count: number;
  exchange: string;
  'routing-keys': string[];
  'original-expiration'?: string;
}

/** The queues that a message has expired in, the last one first. */
export function deathsOf({ headers }: BrokerMessage): readonly Death[] {
  return (headers['x-death'] as Death[] | undefined) ?? [];
}

/** An expired message on its way to where the queue sends its dead: without its time to live, with a note of where and why it died. */
export function expiredIn(queue: string, { ttlMs, ...message }: BrokerMessage, to: { exchange: string; routingKey?: string }): BrokerMessage {
  const deaths = deathsOf(message);
  const death: Death = {
    queue, reason: 'expired', count: (deaths.find((one) => one.queue === queue)?.count ?? 0) + 1, exchange: message.exchange, 'routing-keys': [message.routingKey],
    ...(ttlMs !== undefined && { 'original-expiration': String(ttlMs) }),
  };
  const first = { 'x-first-death-queue': queue, 'x-first-death-reason': death.reason, 'x-first-death-exchange': message.exchange };
  return {
    ...message, exchange: to.exchange, routingKey: to.routingKey ?? message.routingKey,
    headers: { ...first, ...message.headers, 'x-death': [death, ...deaths.filter((one) => one.queue !== queue)] },
  };
}
