import type { MessageData } from '@heddle/contracts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { dataOf, type FabricBench } from './fabric-bench.ts';
import { connect, done, file, finish, namespaces, push, see, vpc } from './messages-to-fabric.ts';

const KINDS = ['IPv4Namespace', 'VLANNamespace', 'VPC'];

/** The jobs that are sent when all due work is done; of one fabric where others of the file may try again meanwhile. */
export async function jobsOf(bench: FabricBench, fabric?: string): Promise<MessageData<'steps.apply'>[]> {
  await bench.work();
  return dataOf(await bench.published(), 'steps.apply').filter(({ fabricId }) => fabric === undefined || fabricId === fabric);
}

/** A fabric with prune on that has two VPCs, each in a file of its own, applied. */
export async function runningFabric(bench: FabricBench, policy: Parameters<FabricBench['newFabric']>[0] = {}): Promise<string> {
  const { id } = await bench.newFabric({ prune: true, ...policy });
  await connect(bench, id);
  for (const kind of KINDS) await see(bench, id, kind, [], 'snapshot');
  await push(bench, id, { from: null, to: 't1', files: [file('pools.yaml', ...namespaces), file('one.yaml', vpc(1)), file('two.yaml', vpc(2))] });
  await bench.get(OperationRequests).start({ fabric: id }).catch(() => undefined);
  for (const job of await jobsOf(bench)) await finish(bench, job, job.steps.map((step) => done(bench, step)));
  await jobsOf(bench);
  return id;
}
