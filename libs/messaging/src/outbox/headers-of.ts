import { WORK_EXCHANGE } from '../topology/topology.ts';
import { ORDERING_KEY_HEADER, type OutboxRow } from './outbox-row.ts';

/**
 * The headers that a message leaves with. Work without an order has one queue to go to and nothing to be spread by; the
 * header would be written, carried and read for nobody.
 */
export function headersOf({ exchange, orderingKey, messageId }: Pick<OutboxRow, 'exchange' | 'orderingKey' | 'messageId'>, traceparent: string | undefined): Record<string, string> {
  return {
    ...((exchange !== WORK_EXCHANGE || orderingKey !== messageId) && { [ORDERING_KEY_HEADER]: orderingKey }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
