import type { Channel } from 'amqplib';

/** Closes a channel that nobody needs; that it is closed already, or ends with its connection, is as good. Seldom awaited: a broker in trouble may never answer. */
export async function closeQuietly(channel: Channel | undefined): Promise<void> {
  try {
    await channel?.close();
  } catch {
    // closed already
  }
}
