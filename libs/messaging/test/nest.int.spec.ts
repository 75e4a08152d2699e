import { type CallHandler, type CanActivate, Controller, type ExecutionContext, Injectable, type NestInterceptor, type PipeTransform, UseGuards, UseInterceptors } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { fabricDelete, type MessageData, repositoryDelete } from '@heddle/contracts';
import { NotAllowed } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { map, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusClient, OnEveryEvent, OnMessage, OnMessages, OnRequest } from '../src/index.ts';
import { Mesh, wanted } from './mesh.ts';

const seen: string[] = [];
const id = crypto.randomUUID();

@Injectable()
class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const data = context.switchToRpc().getData<{ fabric: string }>();
    if (data.fabric === 'closed') throw new NotAllowed({ code: 'AUTH-030', message: 'closed', remedy: 'none' });
    return true;
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map(() => ({ id })));
  }
}

@Injectable()
class Upper implements PipeTransform {
  transform(data: MessageData<'revision.wanted'>): MessageData<'revision.wanted'> {
    return { ...data, reason: data.reason.toUpperCase() };
  }
}

@Controller()
class Handlers {
  @OnRequest(repositoryDelete)
  @UseInterceptors(Interceptor)
  async remove(): Promise<{ id: string }> {
    return { id: crypto.randomUUID() };
  }

  @OnMessage('revision.wanted')
  async onWanted(@Payload(Upper) data: MessageData<'revision.wanted'>): Promise<void> {
    seen.push(data.reason);
  }
}

@Controller()
class Guarded {
  @OnRequest(fabricDelete)
  @UseGuards(Guard)
  async remove(): Promise<{ id: string }> {
    return { id };
  }
}

@Controller()
class SecondHandler {
  @OnMessage('revision.wanted')
  async onWanted(): Promise<void> {}
}

@Controller()
class Stranger {
  @OnMessage('steps.apply')
  async onSteps(): Promise<void> {}
}

@Controller()
class EveryEvent {
  @OnEveryEvent()
  async onEvents(): Promise<void> {}
}

describe('handlers as Nest methods', () => {
  let mesh: Mesh;
  let client: BusClient;

  beforeAll(async () => {
    mesh = await Mesh.create();
    await mesh.start('git-sync', [Handlers]);
    const fabric = await mesh.start('fabric', [Guarded]);
    client = (await mesh.start('gateway')).running.app.get(BusClient);
    await fabric.publish('revision.wanted', wanted('piped'));
  });
  afterAll(() => mesh.stop());

  it('pass their pipes', async () => {
    await eventually(() => seen.includes('PIPED'));
  });

  it('pass their interceptors', async () => {
    expect(await client.ask(repositoryDelete, { repository: 'r' })).toEqual({ id });
  });

  it('pass their guards', async () => {
    await expect(client.ask(fabricDelete, { fabric: 'closed' })).rejects.toMatchObject({ code: 'AUTH-030' });
    expect(await client.ask(fabricDelete, { fabric: 'open' })).toEqual({ id });
  });

  it('may not be two for one queue', async () => {
    await expect(mesh.start('git-sync', [Handlers, SecondHandler])).rejects.toThrow('two handlers');
  });

  it('need a contract that sends them something', async () => {
    await expect(mesh.start('git-sync', [Stranger])).rejects.toThrow(`no queue 'git-sync.steps.apply'`);
    await expect(mesh.start('git-sync', [EveryEvent])).rejects.toThrow(`no queue 'git-sync.events'`);
  });

  it.each([
    ['prefetch', { prefetch: 0 }, {}], ['prefetch', { prefetch: 65_536 }, {}], ['retryDelaysMs', { retryDelaysMs: [5_000, Number.NaN] }, {}], ['retryDelaysMs', { retryDelaysMs: [-1] }, {}],
    ['batch.size', {}, { size: 0 }], ['batch.size', {}, { size: 40_000 }], ['batch.waitMs', {}, { waitMs: 0.5 }],
  ])('refuse a %s that can not be: %j %j', (name, options, batch) => {
    const method = { value: async () => undefined };
    if (Object.keys(batch).length === 0) expect(() => OnMessage('revision.wanted', options)({}, 'x', method)).toThrow(name);
    expect(() => OnMessages('revision.wanted', { ...options, batch })({}, 'x', method)).toThrow(name);
  });
});
