import { replayCancel, replayCreate, replayGet, replayList } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ReplaysService } from './replays.service.ts';

type Request<C extends { request: z.ZodType }> = z.output<C['request']>;
type Response<C extends { response: z.ZodType }> = Promise<z.input<C['response']>>;

@Controller()
export class ReplaysHandlers {
  constructor(private readonly replays: ReplaysService) {}

  @OnRequest(replayCreate)
  create(request: Request<typeof replayCreate>): Response<typeof replayCreate> {
    return this.replays.create(request);
  }

  @OnRequest(replayList)
  list(request: Request<typeof replayList>): Response<typeof replayList> {
    return this.replays.list(request);
  }

  @OnRequest(replayGet)
  get(request: Request<typeof replayGet>): Response<typeof replayGet> {
    return this.replays.get(request.replayId);
  }

  @OnRequest(replayCancel)
  cancel(request: Request<typeof replayCancel>): Response<typeof replayCancel> {
    return this.replays.cancel(request.replayId);
  }
}
