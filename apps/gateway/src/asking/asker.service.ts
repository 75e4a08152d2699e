import { BusClient } from '@heddle/messaging';
import { type RequestContract, fabricGet } from '@heddle/contracts';
import { currentContext } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** Asks services on behalf of the request in hand; the reply's bytes go out as they came. */
@Injectable()
export class Asker {
  constructor(private readonly bus: BusClient) {}

  raw<C extends RequestContract>(contract: C, request: z.input<C['request']>): Promise<Buffer> {
    return this.bus.askRaw(contract, request, this.context());
  }

  ask<C extends RequestContract>(contract: C, request: z.input<C['request']>): Promise<z.output<C['response']>> {
    return this.bus.ask(contract, request, this.context());
  }

  /** The id of a fabric that is named by id or name. */
  async fabricId(reference: string): Promise<string> {
    if (z.uuid().safeParse(reference).success) return reference;
    return (await this.ask(fabricGet, { fabric: reference })).id;
  }

  private context(): object {
    const work = currentContext();
    return { ...(work?.actor && { actor: work.actor }), ...(work && { correlationId: work.correlationId }) };
  }
}
