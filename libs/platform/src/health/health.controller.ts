import { Controller, Get, Header, HttpCode, HttpException } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.ts';
import { HealthRegistry } from './health-registry.ts';

/** Liveness, readiness and metrics of every service; open to whoever reaches the port. */
@Controller()
export class HealthController {
  constructor(private readonly health: HealthRegistry, private readonly metrics: Metrics) {}

  @Get('healthz')
  @HttpCode(200)
  alive(): { status: string } {
    return { status: 'alive' };
  }

  @Get('readyz')
  async ready(): Promise<object> {
    const report = await this.health.report();
    if (report.status === 'not_ready') throw new HttpException(report, 503);
    return report;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  expose(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
