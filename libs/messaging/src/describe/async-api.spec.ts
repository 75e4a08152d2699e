import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { messages, sendersOf } from '@heddle/contracts';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { encodeData, encodeEnvelope } from '../outbox/encode-message.ts';
import { topologyOf } from '../topology/topology.ts';
import { asyncApiDocument } from './async-api.ts';

const document = asyncApiDocument();

/** AsyncAPI's own JSON schema of version 3.0.0. */
function validator() {
  const file = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
}

describe('asyncApiDocument', () => {
  it('is valid by the schema of AsyncAPI 3.0', () => {
    const validate = validator();
    expect(validate(JSON.parse(JSON.stringify(document))), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(validate({ ...document, operations: { one: { action: 'shout', channel: { $ref: '#/channels/x' } } } })).toBe(false);
  });

  it('has every message with its sender and receivers', () => {
    for (const contract of Object.values(messages)) {
      const { type, to } = contract;
      for (const sender of sendersOf(contract)) expect(document.operations[`${sender}.send.${type}`]).toMatchObject({ action: 'send', channel: { $ref: `#/channels/${type}` } });
      const receivers = Object.entries(document.operations).filter(([, operation]) => operation['action'] === 'receive' && JSON.stringify(operation['messages']).includes(`/messages/${type}"`)).map(([name]) => name.split('.')[0]);
      expect(new Set(receivers), type).toEqual(new Set(to));
    }
  });

  it('has every queue of the topology', () => {
    for (const { name } of topologyOf().queues) expect(document.channels[`queue.${name}`]).toMatchObject({ address: name });
  });

  it('points nowhere that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((found) => found[1]!);
    expect(references.length).toBeGreaterThan(100);
    for (const reference of references) {
      const target = reference.split('/').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/')], document);
      expect(target, reference).toBeDefined();
    }
  });

  it('describes the bytes that are published', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(document.components.schemas['revision.wanted']!);
    const bytes = encodeEnvelope('revision.wanted', encodeData('revision.wanted', { fabricId: crypto.randomUUID(), fromTree: null, reason: 'first' }), {
      eventId: crypto.randomUUID(), timestamp: new Date(), source: 'fabric', metadata: { correlation_id: 'c' },
    });
    const message = JSON.parse(bytes.toString('utf8')) as object;
    expect(validate(message), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...message, event_type: 'revision.observed' })).toBe(false);
  });
});
