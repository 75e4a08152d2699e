import { fabricCreate, fabricDelete, fabricGet, fabricList, fabricUpdate, type MessageData } from '@heddle/contracts';
import { type MessageContext, OnMessage, OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Refusals } from '../audit/refusals.ts';
import { FabricService } from './fabric.service.ts';
import { SignalService } from './signal.service.ts';

/** Queue names follow from the message types and are permanent. */
@Controller()
export class FabricHandlers {
  constructor(private readonly fabrics: FabricService, private readonly signals: SignalService, private readonly refusals: Refusals) {}

  @OnRequest(fabricCreate)
  create(request: z.output<typeof fabricCreate.request>) {
    return this.refusals.recorded('fabric.create', `fabric/${request.name}`, () => this.fabrics.create(request));
  }

  @OnRequest(fabricList)
  list(request: z.output<typeof fabricList.request>) {
    return this.fabrics.list(request);
  }

  @OnRequest(fabricGet)
  get({ fabric }: z.output<typeof fabricGet.request>) {
    return this.fabrics.get(fabric);
  }

  @OnRequest(fabricUpdate)
  update(request: z.output<typeof fabricUpdate.request>) {
    return this.refusals.recorded('fabric.update', `fabric/${request.fabric}`, () => this.fabrics.update(request));
  }

  @OnRequest(fabricDelete)
  delete({ fabric }: z.output<typeof fabricDelete.request>) {
    return this.refusals.recorded('fabric.delete', `fabric/${fabric}`, () => this.fabrics.delete(fabric));
  }

  @OnMessage('cluster.state_changed')
  clusterChanged(data: MessageData<'cluster.state_changed'>, { tx }: MessageContext): Promise<void> {
    return this.signals.clusterChanged(tx, data);
  }

  @OnMessage('source.state_changed')
  sourceChanged(data: MessageData<'source.state_changed'>, { tx }: MessageContext): Promise<void> {
    return this.signals.sourceChanged(tx, data);
  }

  @OnMessage('watch.state_changed')
  watchChanged(data: MessageData<'watch.state_changed'>, { tx }: MessageContext): Promise<void> {
    return this.signals.watchChanged(tx, data);
  }
}
