import { busGet, type BusView, type MeshBus, meshBusSchema, SERVICES } from '@heddle/contracts';
import { BusObserver } from '@heddle/messaging';
import { HeddleError } from '@heddle/platform';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const OTHERS = SERVICES.filter((service) => service !== 'gateway');

@ApiTags('bus')
@Controller('api/v1/bus')
export class BusController {
  constructor(private readonly asker: Asker, private readonly observer: BusObserver) {}

  @Get()
  @Answers({ response: meshBusSchema, service: 'gateway' }, 'Read the state of the bus: per service its connections, queues, outbox, failures and alerts; services that are down are named')
  async get(): Promise<string> {
    const answers = await Promise.allSettled(OTHERS.map((service) => this.asker.ask(busGet(service), {})));
    // The gateway's own part needs no broker, so that it is there when the broker is not.
    const services: BusView[] = [this.observer.view()];
    const unreachable: MeshBus['unreachable'] = [];
    answers.forEach((answer, index) => {
      if (answer.status === 'fulfilled') services.push(answer.value);
      else unreachable.push({ service: OTHERS[index]!, ...whyNot(answer.reason) });
    });
    return JSON.stringify({ services, unreachable } satisfies MeshBus);
  }
}

/** @throws what is no answer of the bus: a defect must not look like a service that is down */
function whyNot(error: unknown): { reason: string; remedy: string } {
  if (error instanceof HeddleError) return { reason: error.message, remedy: error.remedy };
  throw error;
}
