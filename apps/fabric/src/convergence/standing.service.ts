import type { ObjectRef, SwitchStanding } from '@heddle/contracts';
import { concernedSwitches, type NormalisedObject, standingsOf } from '@heddle/hedgehog';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { readNeighbourhood } from '../findings/neighbourhood.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { readAgentViews } from './agent-store.ts';

interface Row { liveHash: string | null; liveFullHash: string | null; goneHash: string | null; concerned: string[]; carried: Record<string, number> }

/** Says switch by switch how far an object is. */
@Injectable()
export class StandingService {
  constructor(private readonly clock: Clock) {}

  /** Of what lives, or did before it was deleted; empty where nothing lives. */
  async standings(tx: EntityManager, fabricId: string, ref: ObjectRef): Promise<SwitchStanding[]> {
    const [row] = await rowsOf<Row>(tx,
      'select live_hash as "liveHash", live_full_hash as "liveFullHash", gone_hash as "goneHash", concerned, carried from resource where fabric_id = $1 and kind = $2 and name = $3', [fabricId, ref.kind, ref.name]);
    // Switches carry the whole object, whatever of it is compared.
    const hash = row?.goneHash ?? row?.liveFullHash ?? row?.liveHash;
    const object = hash ? (await readManifests<NormalisedObject>(tx, fabricId, [hash])).get(hash) : undefined;
    if (!row || !object) return [];
    const deleted = row.goneHash !== null;
    const concerned = deleted ? row.concerned : concernedSwitches(object, await readNeighbourhood(tx, fabricId, new ObjectSet([ref])));
    const standings = standingsOf({ object, deleted, concerned, agents: await readAgentViews(tx, fabricId), now: this.clock.now(), carriedSince: new Map(Object.entries(row.carried)) });
    return standings.map(({ verdict, heartbeatAgeMs, ...standing }) => ({ ...standing, state: verdict, heartbeatAgeSeconds: heartbeatAgeMs === null ? null : Math.round(heartbeatAgeMs / 1_000) }));
  }
}
