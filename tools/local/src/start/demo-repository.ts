import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorkRepo } from '../git/make-work-repo.ts';
import { startGitServer, type GitServer } from '../git/start-git-server.ts';
import { freePort } from '../process/free-port.ts';
import { repositoryRoot } from '../repository-root.ts';
import { inState, type LocalState } from './local-state.ts';
import { demoFabrics } from './demo-fabrics.ts';

export interface DemoRepository {
  server: GitServer;
  url: string;
  /** A clone to change and push from. */
  clone: string;
}

/** Serves the demo's repository over smart HTTP with a token; made from `examples/` the first time. */
export async function startDemoRepository(state: LocalState): Promise<DemoRepository> {
  const clone = inState('network');
  const port = await freePort(state.ports['git']);
  const server = await startGitServer({ repos: ['network'], folder: inState('git'), auth: { password: state.gitToken }, port });
  state.ports['git'] = server.port;
  const remote = server.url('network').replace('://', `://heddle:${state.gitToken}@`);
  const isNew = !existsSync(join(clone, '.git'));
  const work = await makeWorkRepo(remote, clone);
  await work.git('remote', 'set-url', 'origin', remote);
  if (isNew) {
    // The owner of the clone commits under a name that is plainly the demo's.
    await work.git('config', 'user.name', 'Demo Operator');
    await work.git('config', 'user.email', 'operator@demo.invalid');
    await work.git('config', 'push.autoSetupRemote', 'true');
    for (const fabric of demoFabrics) cpSync(join(repositoryRoot, 'examples', fabric), join(clone, fabric), { recursive: true });
    await work.commit('Describe both fabrics');
    await work.push();
    await work.git('branch', '--quiet', '--set-upstream-to=origin/main', 'main').catch(() => work.git('fetch', '--quiet', 'origin'));
  }
  return { server, url: server.url('network'), clone };
}
