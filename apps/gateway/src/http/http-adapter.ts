import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { GatewayConfig } from '../config.ts';

/** Names of Kubernetes objects have up to 253 characters, more when they are encoded; Fastify's default is 100. */
const LONGEST_PARAMETER = 800;

/** The HTTP server of the gateway. */
export function httpAdapter(config: Pick<GatewayConfig, 'HEDDLE_BODY_LIMIT'>): FastifyAdapter {
  return new FastifyAdapter({ bodyLimit: config.HEDDLE_BODY_LIMIT, routerOptions: { maxParamLength: LONGEST_PARAMETER } });
}
