import { alertChange, alertGet, alertList, type MessageData } from '@heddle/contracts';
import { type MessageContext, OnMessage, OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { AlertKeeper } from './alert-keeper.ts';
import { AlertService } from './alert.service.ts';

@Controller()
export class AlertHandlers {
  constructor(private readonly alerts: AlertService, private readonly keeper: AlertKeeper) {}

  @OnRequest(alertList)
  list(request: z.output<typeof alertList.request>) {
    return this.alerts.list(request);
  }

  @OnRequest(alertGet)
  get(request: z.output<typeof alertGet.request>) {
    return this.alerts.get(request);
  }

  @OnRequest(alertChange)
  change(request: z.output<typeof alertChange.request>) {
    return this.alerts.change(request);
  }

  @OnMessage('bus.alert_fired')
  busFired(data: MessageData<'bus.alert_fired'>, { tx }: MessageContext): Promise<void> {
    return this.keeper.busFired(tx, data);
  }

  @OnMessage('bus.alert_resolved')
  busResolved(data: MessageData<'bus.alert_resolved'>, { tx }: MessageContext): Promise<void> {
    return this.keeper.busResolved(tx, data);
  }
}
