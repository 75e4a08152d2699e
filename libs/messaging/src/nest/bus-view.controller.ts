import { Controller, Inject, type Type } from '@nestjs/common';
import { busGet, type BusView, type ServiceName } from '@heddle/contracts';
import { BusObserver } from '../observe/bus-observer.ts';
import { OnRequest } from './on-request.ts';

/** A controller by which the service answers for its own part of the bus. */
export function busViewController(service: ServiceName): Type<unknown> {
  @Controller()
  class BusViewController {
    constructor(@Inject(BusObserver) private readonly observer: BusObserver) {}

    @OnRequest(busGet(service))
    async view(): Promise<BusView> {
      return this.observer.view();
    }
  }
  return BusViewController;
}
