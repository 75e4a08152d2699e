import { isDeepStrictEqual } from 'node:util';
import { fabricLabels } from '../defaulting/fabric-labels.ts';
import { collectionPath, objectPath, type KubeClient } from '../kube/kube-client.ts';
import { isCode } from '../kube/kube-error.ts';
import { agentKind, apiVersionOf, catalogKind, gatewayAgentKind, type Kind } from '../kube/kinds.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import type { LiveFabric } from '../kube/object-cache.ts';
import { agentCredentials } from './agent-credentials.ts';
import { agentSpec } from './agent-spec.ts';
import { allocate, type CatalogSpec } from './catalog.ts';
import { gatewayAgentSpec } from './gateway-agent-spec.ts';
import { isOurs, madeBy, madeByLabel } from './made-by.ts';

const catalogName = 'fabric';

/** Brings the agents' specs in step with the fabric: one agent for each switch and gateway, none without. */
export class AgentWriter {
  constructor(private readonly client: KubeClient, private readonly fabric: LiveFabric, private readonly namespace: string) {}

  async writeAll(): Promise<void> {
    const catalog = await this.writeCatalog();
    for (const device of this.fabric.list('Switch')) {
      const { name } = device.metadata;
      const spec = agentSpec(name, this.fabric, catalog);
      if (spec) await this.write(agentKind, device, { ...spec, ...this.credentials(name) });
    }
    for (const gateway of this.fabric.list('Gateway')) {
      const spec = gatewayAgentSpec(gateway.metadata.name, this.fabric, catalog);
      if (spec) await this.write(gatewayAgentKind, gateway, spec);
    }
    await this.removeOrphans(agentKind, 'Switch');
    await this.removeOrphans(gatewayAgentKind, 'Gateway');
  }

  /** An agent keeps its credentials, or each start of the simulator would raise its generation. */
  private credentials(name: string): Body {
    const spec = this.fabric.get('Agent', name)?.spec;
    return spec?.users ? { users: spec.users, version: spec.version } : agentCredentials();
  }

  private async write(kind: Kind, device: KubeObject, spec: Body): Promise<void> {
    const { name } = device.metadata;
    const agent = this.fabric.get(kind.kind, name);
    const labels = { ...fabricLabels(device), [madeByLabel]: madeBy };
    if (!agent) {
      const metadata = { name, namespace: this.namespace, labels };
      await this.client.create(collectionPath(kind, this.namespace), { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, spec });
    } else if (isOurs(agent) && !(isDeepStrictEqual(agent.spec, spec) && isDeepStrictEqual(agent.metadata.labels, labels))) {
      const written = await this.client.replace(objectPath(kind, this.namespace, name), { ...agent, metadata: { ...agent.metadata, labels }, spec });
      // the next pass compares with this, not with what a late watch still shows
      this.fabric.remember(kind, written);
    }
  }

  private async removeOrphans(kind: Kind, deviceKind: string): Promise<void> {
    const orphans = this.fabric.list(kind.kind).filter((agent) => isOurs(agent) && !this.fabric.get(deviceKind, agent.metadata.name));
    for (const agent of orphans) {
      try {
        await this.client.delete(objectPath(kind, this.namespace, agent.metadata.name));
      } catch (error) {
        if (!isCode(error, 404)) throw error;
      }
    }
  }

  private async writeCatalog(): Promise<CatalogSpec> {
    const found = this.fabric.get('Catalog', catalogName);
    const spec = allocate((found?.spec ?? {}) as Partial<CatalogSpec>, this.fabric);
    if (!found) {
      const metadata = { name: catalogName, namespace: this.namespace };
      await this.client.create(collectionPath(catalogKind, this.namespace), { apiVersion: apiVersionOf(catalogKind), kind: 'Catalog', metadata, spec });
    } else if (!isDeepStrictEqual(found.spec, spec)) {
      this.fabric.remember(catalogKind, await this.client.replace(objectPath(catalogKind, this.namespace, catalogName), { ...found, spec }));
    }
    return spec;
  }
}
