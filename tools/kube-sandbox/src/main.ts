import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { TEST_FAULTS } from './faults.ts';
import { startKubeSandbox } from './kube-sandbox.ts';

const USAGE = `Starts the stand-in Kubernetes API.
  --kubeconfig <file>  where to write a kubeconfig of an administrator (.heddle/kube-sandbox.kubeconfig)
  --port <number>      0 takes a free one (0)
  --data <folder>      keeps objects there; in memory when left out
  --faults             closes watches, delays events and serves stale lists, as in tests
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    data: { type: 'string' },
    kubeconfig: { type: 'string', default: '.heddle/kube-sandbox.kubeconfig' },
    faults: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const sandbox = await startKubeSandbox({
  port: Number(values.port),
  dataDir: values.data,
  faults: values.faults ? TEST_FAULTS : false,
});
mkdirSync(dirname(values.kubeconfig), { recursive: true });
writeFileSync(values.kubeconfig, sandbox.kubeconfig(), { mode: 0o600 });
process.stdout.write(`${sandbox.url}\nkubectl --kubeconfig ${values.kubeconfig} get namespaces\n`);

const stop = () => void sandbox.close().then(() => process.exit(0));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
