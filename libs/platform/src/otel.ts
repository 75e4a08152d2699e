import { startTelemetry } from './telemetry/telemetry.ts';

await startTelemetry(process.env);
