import { isDeepStrictEqual } from 'node:util';
import { fabricLabels } from '../defaulting/fabric-labels.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import { collectionPath, objectPath, type KubeClient } from '../kube/kube-client.ts';
import { isCode } from '../kube/kube-error.ts';
import { agentKind, apiVersionOf, catalogKind } from '../kube/kinds.ts';
import { agentCredentials } from './agent-credentials.ts';
import { agentSpec } from './agent-spec.ts';
import { allocate, type CatalogSpec } from './catalog.ts';
import { isOurs, madeBy, madeByLabel } from './made-by.ts';

const catalogName = 'fabric';

/** Brings the agents' specs in step with the fabric: one agent for each switch, none without. */
export class AgentWriter {
  constructor(private readonly client: KubeClient, private readonly fabric: FabricView, private readonly namespace: string) {}

  async writeAll(): Promise<void> {
    const catalog = await this.writeCatalog();
    for (const device of this.fabric.list('Switch')) await this.write(device.metadata.name, catalog);
    for (const agent of this.fabric.list('Agent')) {
      if (isOurs(agent) && !this.fabric.get('Switch', agent.metadata.name)) await this.remove(agent.metadata.name);
    }
  }

  private async write(name: string, catalog: CatalogSpec): Promise<void> {
    const wanted = agentSpec(name, this.fabric, catalog);
    if (!wanted) return;
    const agent = this.fabric.get('Agent', name);
    // an agent keeps its credentials, or each start of the simulator would raise its generation
    const credentials = agent?.spec?.users ? { users: agent.spec.users, version: agent.spec.version } : agentCredentials();
    const spec = { ...wanted, ...credentials };
    const labels = { ...fabricLabels(this.fabric.get('Switch', name)!), [madeByLabel]: madeBy };
    if (!agent) {
      const metadata = { name, namespace: this.namespace, labels };
      await this.client.create(collectionPath(agentKind, this.namespace), { apiVersion: apiVersionOf(agentKind), kind: 'Agent', metadata, spec });
    } else if (isOurs(agent) && !(isDeepStrictEqual(agent.spec, spec) && isDeepStrictEqual(agent.metadata.labels, labels))) {
      await this.client.replace(objectPath(agentKind, this.namespace, name), { ...agent, metadata: { ...agent.metadata, labels }, spec });
    }
  }

  private async remove(name: string): Promise<void> {
    try {
      await this.client.delete(objectPath(agentKind, this.namespace, name));
    } catch (error) {
      if (!isCode(error, 404)) throw error;
    }
  }

  private async writeCatalog(): Promise<CatalogSpec> {
    const found = this.fabric.get('Catalog', catalogName);
    const spec = allocate((found?.spec ?? {}) as Partial<CatalogSpec>, this.fabric);
    if (!found) {
      const metadata = { name: catalogName, namespace: this.namespace };
      await this.client.create(collectionPath(catalogKind, this.namespace), { apiVersion: apiVersionOf(catalogKind), kind: 'Catalog', metadata, spec });
    } else if (!isDeepStrictEqual(found.spec, spec)) {
      await this.client.replace(objectPath(catalogKind, this.namespace, catalogName), { ...found, spec });
    }
    return spec;
  }
}
