import { envelopeSchema, type MessageContract, messages, versionsOf } from '@heddle/contracts';

/** The envelope goes round every message: it is held against the last release as they are, as if it were one. */
const envelope: MessageContract = { type: 'envelope', version: 1, role: 'event', from: 'gateway', to: [], schema: envelopeSchema };

/** Everything that a release promises to take and to send: all versions of all messages, and their envelope. */
export function allContracts(): MessageContract[] {
  return [envelope, ...Object.values(messages).flatMap((contract: MessageContract) => versionsOf(contract))];
}
