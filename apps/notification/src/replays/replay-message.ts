import { createHash } from 'node:crypto';
import type { Envelope } from '@heddle/contracts';

/**
 * The bytes by which a logged event is sent again: always the same for an event, wherever it was read, so that one that is
 * sent twice is known. The log keeps JSON, not bytes: the hash is that of the data as it is sent now. When it was to
 * expire no longer counts: whoever asks for it wants it.
 */
export function replayMessage(event: Envelope): Buffer {
  const { data, metadata, ...head } = event;
  const json = JSON.stringify(data);
  const { expires_at: _, ...kept } = metadata;
  const rest = JSON.stringify({ ...head, metadata: { ...kept, content_hash: createHash('sha256').update(json).digest('hex') } });
  return Buffer.from(`${rest.slice(0, -1)},"data":${json}}`);
}
