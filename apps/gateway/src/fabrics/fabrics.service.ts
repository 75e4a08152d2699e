import { type FabricSpec, clusterDelete, clusterPut, fabricCreate, fabricDelete, fabricGet, fabricPatchSchema, fabricUpdate, repositoryGet } from '@heddle/contracts';
import { HeddleError, Ids, NotFound, Unavailable } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';

/** What may be deleted is fabric's to decide; of the others the cluster is left alone. */
const DELETABLE = new Set(['planned', 'decommissioned']);
const NO_CLUSTER = 'K8S-003';

/** Requests that need more than one service. */
@Injectable()
export class FabricsService {
  constructor(private readonly asker: Asker, private readonly ids: Ids) {}

  /** A cluster that is refused takes the fabric back with it; one whose service is down can be given later. */
  async create({ cluster, ...spec }: FabricSpec): Promise<Buffer> {
    const repository = await this.asker.ask(repositoryGet, { repository: spec.source.repository });
    const fabric = await this.asker.ask(fabricCreate, { ...spec, id: this.ids.uuid(), repositoryId: repository.id });
    if (cluster) {
      try {
        await this.asker.ask(clusterPut, { fabricId: fabric.id, spec: cluster });
      } catch (error) {
        throw await this.afterClusterRefused(error, fabric);
      }
    }
    return this.asker.raw(fabricGet, { fabric: fabric.id });
  }

  async update(fabric: string, patch: z.output<typeof fabricPatchSchema>): Promise<Buffer> {
    const named = patch.source?.repository;
    const repositoryId = named ? (await this.asker.ask(repositoryGet, { repository: named })).id : undefined;
    return this.asker.raw(fabricUpdate, { fabric, patch, ...(repositoryId && { repositoryId }) });
  }

  async remove(reference: string): Promise<Buffer> {
    const { id, state } = await this.asker.ask(fabricGet, { fabric: reference });
    // The cluster goes first: with the fabric gone nobody could name its credentials any more.
    if (DELETABLE.has(state)) await this.forgetCluster(id);
    return this.asker.raw(fabricDelete, { fabric: id });
  }

  private async forgetCluster(fabricId: string): Promise<void> {
    try {
      await this.asker.ask(clusterDelete, { fabricId });
    } catch (error) {
      // A fabric may never have had one.
      if (!(error instanceof NotFound) || error.code !== NO_CLUSTER) throw error;
    }
  }

  private async afterClusterRefused(error: unknown, fabric: { id: string; name: string }): Promise<unknown> {
    if (error instanceof HeddleError && !error.retryable) {
      await this.asker.ask(fabricDelete, { fabric: fabric.id });
      return error;
    }
    return new Unavailable({
      code: 'NET-020', message: `The fabric '${fabric.name}' was created without its cluster: ${error instanceof Error ? error.message : String(error)}`,
      remedy: `Give the cluster with PUT /api/v1/fabrics/${fabric.name}/cluster when k8s-sync is back.`, retryAfterSeconds: 10, cause: error,
    });
  }
}
