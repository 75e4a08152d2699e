import type { Commit } from './ledger.ts';
import { TestService } from './mesh.ts';
import { RecordedLoad } from './recorded-load.ts';
import { serviceProcess } from './service-process.ts';

/** Writes the recorded load as a process that can be killed, and says of each commit that it was answered: `node load-service.ts <database URL> <AMQP URL>`. */
const [, , databaseUrl, amqpUrl] = process.argv;
const running = await serviceProcess('fabric', { databaseUrl, amqpUrl });
const tell = (msg: string) => (commit: Commit) => { process.stdout.write(`${JSON.stringify({ msg, commit })}\n`); };
new RecordedLoad(new TestService(running), { committed: tell('committed'), uncertain: tell('uncertain') });
