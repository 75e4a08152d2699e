import type { MessageContract } from '@heddle/contracts';
import { z } from 'zod';
import type { JsonSchema } from './json-schema.ts';

/** A message, or the question or answer of a request, which go their way as messages do. */
export type CheckedContract = Omit<MessageContract, 'role'> & { role: MessageContract['role'] | 'question' | 'answer' };

/** A message contract as a release has it: what replicas of that release send, and what they take. */
export interface ReleasedContract {
  type: string;
  version: number;
  role: string;
  from: string;
  to: string[];
  /** Settings of its queues (order, priority, time to live), where it has any. */
  delivery?: Record<string, unknown>;
  /** The data as it is published, defaults filled in. */
  sends: JsonSchema;
  /** The data as it is consumed: unknown fields are stripped unless the schema refuses them. */
  accepts: JsonSchema;
  /** Messages that it takes, for a contract that refuses some of what its schema describes (refinements). */
  samples?: unknown[];
}

const KNOWN = new Set(['type', 'version', 'role', 'from', 'to', 'schema', 'supersedes']);

/** What a release keeps of a contract. @throws when its schema can't be written as JSON Schema: such data can't be sent as JSON either */
export function released(contract: CheckedContract): ReleasedContract {
  const { type, version, role, from, to, schema } = contract;
  const delivery = Object.fromEntries(Object.entries(contract).filter(([name, value]) => !KNOWN.has(name) && value !== undefined));
  return {
    type, version, role, from, to: [...to],
    ...(Object.keys(delivery).length > 0 && { delivery }),
    // A question is sent as it was put, without defaults: these are filled in by who is asked.
    sends: jsonSchema(schema, role === 'question' ? 'input' : 'output'), accepts: jsonSchema(schema, 'input'),
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest as JsonSchema;
}
