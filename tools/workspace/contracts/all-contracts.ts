import * as declared from '@heddle/contracts';
import { busGet, deadLetterRequests, envelopeSchema, type MessageContract, messages, type RequestContract, taskRequests, versionsOf } from '@heddle/contracts';
import type { CheckedContract } from './released-contract.ts';

/** The envelope goes round every message: it is held against the last release as they are, as if it were one. */
const envelope: MessageContract = { type: 'envelope', version: 1, role: 'event', from: 'gateway', to: [], schema: envelopeSchema };

/** Everything that a release promises to take and to send: all versions of all messages, their envelope, and the questions of the gateway with their answers. */
export function allContracts(): CheckedContract[] {
  return [envelope, ...Object.values(messages).flatMap((contract: MessageContract) => versionsOf(contract)), ...allRequests().flatMap(waysOf)];
}

/** Each question of the gateway. What every service answers alike is looked at in one of them. */
export function allRequests(): RequestContract[] {
  const ofEvery = [busGet('fabric'), ...Object.values(deadLetterRequests('fabric')), ...Object.values(taskRequests('fabric'))];
  return [...(Object.values(declared) as unknown[]).filter(isRequest), ...ofEvery];
}

/** A request as two messages: the question goes from the gateway to its service, the answer comes back. */
function waysOf({ method, service, request, response }: RequestContract): CheckedContract[] {
  return [
    { type: `${method}.question`, version: 1, role: 'question', from: 'gateway', to: [service], schema: request },
    { type: `${method}.answer`, version: 1, role: 'answer', from: service, to: ['gateway'], schema: response },
  ];
}

function isRequest(value: unknown): value is RequestContract {
  return typeof value === 'object' && value !== null && 'method' in value && 'request' in value && 'response' in value;
}
