import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeError, Logger, NestLogger, stopTelemetry } from '@heddle/platform';
import type { ServiceName } from '@heddle/contracts';
import { BusServer } from './bus-server.ts';

const DEFAULT_BROKER_WAIT_MS = 10_000;
const STOP_TIMEOUT_MS = 25_000;

export interface ServiceOptions {
  service: ServiceName;
  module: DynamicModule | Type<unknown>;
  config: { HEDDLE_HTTP_HOST: string; HEDDLE_HTTP_PORT: number };
  /** Default a FastifyAdapter of its own. */
  adapter?: FastifyAdapter;
  /** Keeps the bytes of request bodies beside what was parsed of them; for signatures. */
  rawBody?: boolean;
  /** How long its start waits for the broker, milliseconds; default 10,000. Without it the service runs, degraded. */
  brokerWaitMs?: number;
  /** Changes the application before it starts: hooks, static files, OpenAPI. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

export interface RunningService {
  app: NestFastifyApplication;
  http: { host: string; port: number; url: string };
  /** Stops it gracefully: HTTP, handlers, outbox, broker, loops, leases, database. */
  stop(): Promise<void>;
}

/** Starts a service in order: configuration (given), migrations, loops, broker, handlers, HTTP. A broker that is away delays it by `brokerWaitMs` and no more. */
export async function runService(options: ServiceOptions): Promise<RunningService> {
  const app = await NestFactory.create<NestFastifyApplication>(options.module, options.adapter ?? new FastifyAdapter(), { bufferLogs: true, abortOnError: false, rawBody: options.rawBody ?? false });
  try {
    const logger = app.get(Logger);
    app.useLogger(new NestLogger(logger));
    app.connectMicroservice({ strategy: app.get(BusServer) });
    await options.configure?.(app);
    await app.init();
    await app.startAllMicroservices();
    if (!await app.get(BusServer).untilReady(options.brokerWaitMs ?? DEFAULT_BROKER_WAIT_MS)) logger.warn('started without the broker; it is looked for all the time', { service: options.service });
    await app.listen(options.config.HEDDLE_HTTP_PORT, options.config.HEDDLE_HTTP_HOST);
    const { port } = app.getHttpServer().address() as AddressInfo;
    const host = options.config.HEDDLE_HTTP_HOST;
    let stopped: Promise<void> | undefined;
    return { app, http: { host, port, url: `http://${host}:${port}` }, stop: () => stopped ??= app.close() };
  } catch (error) {
    await app.close().catch(() => undefined); // the first error tells why
    throw error;
  }
}

/** Starts a service as a process: {@link runService}, one JSON line on stdout when it is ready, a graceful stop on SIGTERM and SIGINT. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const running = await runService(options);
  const { host, port } = running.http;
  process.stdout.write(`${JSON.stringify({ msg: 'ready', service: options.service, http: { host, port } })}\n`);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    end(running, signal).then((code) => process.exit(code), () => process.exit(1));
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  return running;
}

async function end(running: RunningService, signal: string): Promise<number> {
  const logger = running.app.get(Logger);
  logger.info('stopping', { signal });
  // What can't be finished in time is taken up by the next process; staying would help nobody.
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
  try {
    await running.stop();
    await stopTelemetry();
    return 0;
  } catch (error) {
    logger.error('stopping failed', { error: describeError(error) });
    return 1;
  }
}
