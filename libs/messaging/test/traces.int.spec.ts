import { Controller } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { fabricDelete, type MessageData } from '@heddle/contracts';
import { startTelemetry, stopTelemetry } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusClient, type MessageContext, OnMessage, OnRequest } from '../src/index.ts';
import { Mesh, wanted } from './mesh.ts';

const seen = new Map<string, { traceId: string | undefined; header: unknown; stored: string | undefined }>();
const traceId = () => trace.getActiveSpan()?.spanContext().traceId;

@Controller()
class Reads {
  @OnMessage('revision.wanted')
  async onWanted({ reason }: MessageData<'revision.wanted'>, { envelope, headers }: MessageContext): Promise<void> {
    seen.set(reason, { traceId: traceId(), header: headers['traceparent'], stored: envelope.metadata.traceparent });
  }
}

@Controller()
class Answers {
  @OnRequest(fabricDelete)
  async remove(): Promise<{ id: string }> {
    seen.set('request', { traceId: traceId(), header: undefined, stored: undefined });
    return { id: crypto.randomUUID() };
  }
}

describe('a trace', () => {
  let mesh: Mesh;

  beforeAll(async () => {
    await startTelemetry({});
    mesh = await Mesh.create();
    await mesh.start('git-sync', [Reads]);
  });
  afterAll(async () => {
    await mesh.stop();
    await stopTelemetry();
  });

  const inSpan = <Result>(work: (traceId: string) => Promise<Result>) => trace.getTracer('test').startActiveSpan('test', async (span) => {
    try {
      return await work(span.spanContext().traceId);
    } finally {
      span.end();
    }
  });

  it('goes on in the handler, through the relay of another process', async () => {
    const writer = await mesh.start('fabric', [], { relay: false });
    const published = await inSpan(async (id) => {
      await writer.publish('revision.wanted', wanted('traced'));
      return id;
    });
    await writer.running.stop();
    await mesh.start('fabric', [Answers]);
    const found = await eventually(() => seen.get('traced') ?? false);
    expect(found.traceId).toBe(published);
    expect(found.stored).toContain(published);
    // The relay's own span stands between the writer's and the handler's.
    expect(found.header).toContain(published);
    expect(found.header).not.toBe(found.stored);
  });

  it('goes on in the answer to a question', async () => {
    const client = (await mesh.start('gateway')).running.app.get(BusClient);
    const asked = await inSpan(async (id) => {
      await client.ask(fabricDelete, { fabric: 'lab' });
      return id;
    });
    expect(seen.get('request')?.traceId).toBe(asked);
  });
});
