import type { FreeAnswer, freeFind } from '@heddle/contracts';
import {
  countFree, DEFAULT_FABRIC_SETTINGS, type FabricSettings, formatAddress, freeNumbers, freePorts, freeSubnets, type NormalisedObject, type NumberRange, parseAddress, parseCidr,
} from '@heddle/hedgehog';
import { Database, Invalid, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { readEffective } from '../findings/neighbourhood.ts';
import { ObjectSet } from '../resources/object-ref.ts';

type Wish = z.output<typeof freeFind.request>;
type Way = (tx: EntityManager, fabricId: string, wish: Wish) => Promise<FreeAnswer>;

/** Says what is not taken yet, neither in Git nor in the cluster. */
@Injectable()
export class FreeService {
  readonly #ways: Record<Wish['space'], Way> = {
    vlan: (tx, fabricId, wish) => this.vlans(tx, fabricId, wish),
    subnet: (tx, fabricId, wish) => this.subnets(tx, fabricId, wish),
    port: (tx, fabricId, wish) => this.ports(tx, fabricId, wish),
    asn: (tx, fabricId, wish) => numbers(tx, fabricId, wish, 'leaf-asn', [{ first: this.settings.leafAsns[0], last: this.settings.leafAsns[1] }], Number, String),
    'protocol-ip': (tx, fabricId, wish) => this.addresses(tx, fabricId, wish, this.settings.protocolSubnet),
    'vtep-ip': (tx, fabricId, wish) => this.addresses(tx, fabricId, wish, this.settings.vtepSubnet),
  };

  private readonly settings: FabricSettings = DEFAULT_FABRIC_SETTINGS;

  constructor(private readonly database: Database) {}

  async find(wish: Wish): Promise<FreeAnswer> {
    const { manager } = this.database.dataSource;
    return this.#ways[wish.space](manager, (await findFabric(manager, wish.fabric)).id, wish);
  }

  private async vlans(tx: EntityManager, fabricId: string, wish: Wish): Promise<FreeAnswer> {
    const { spec } = await named(tx, fabricId, 'VLANNamespace', wish.namespace);
    const kept = [this.settings.irbVlans, this.settings.th5Vlans].flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at)));
    return numbers(tx, fabricId, wish, `vlan:${wish.namespace}`, rangesOf(spec['ranges']), Number, String, kept);
  }

  private async subnets(tx: EntityManager, fabricId: string, { space, namespace, length, count }: Wish): Promise<FreeAnswer> {
    const { spec } = await named(tx, fabricId, 'IPv4Namespace', namespace);
    const pools = (Array.isArray(spec['subnets']) ? spec['subnets'] : []).map(String);
    const taken = await rowsOf<NumberRange>(tx, `select (body->>'from')::float8 as first, (body->>'to')::float8 as last from claim where fabric_id = $1 and space = $2`, [fabricId, `subnet:${namespace}`]);
    return { space, within: pools, free: freeSubnets(pools.flatMap((pool) => parseCidr(pool) ?? []), taken, length, count), total: null };
  }

  private addresses(tx: EntityManager, fabricId: string, wish: Wish, subnet: string): Promise<FreeAnswer> {
    const pool = parseCidr(subnet);
    return numbers(tx, fabricId, wish, wish.space, pool ? [pool] : [], (value) => parseAddress(value) ?? -1, (address) => `${formatAddress(address)}/32`, [], [subnet]);
  }

  private async ports(tx: EntityManager, fabricId: string, { space, switch: name, count }: Wish): Promise<FreeAnswer> {
    if (name === undefined) throw new Invalid({ code: 'VAL-003', message: 'The switch is missing.', remedy: 'Name the switch whose ports are meant: switch=leaf-01.', errors: [{ field: 'switch', message: 'is missing' }] });
    const device = await named(tx, fabricId, 'Switch', name);
    const profile = String(device.spec['profile'] ?? '');
    const model = await lookUp(tx, fabricId, 'SwitchProfile', profile);
    if (!model) throw new NotFound({ code: 'STATE-015', message: `The ports of Switch ${name} are not known: SwitchProfile ${profile} was not seen in its cluster.`, remedy: 'Wait until the fabric is watched, or look at the model of the switch.' });
    const taken = await rowsOf<{ value: string }>(tx, `select value from claim where fabric_id = $1 and space = 'port' and value ~>=~ $2 and value ~<~ $3`, [fabricId, `${name}/`, `${name}0`]);
    const free = freePorts(device.spec, model.spec, taken.map(({ value }) => value.slice(name.length + 1)));
    return { space, within: [`Switch ${name} (${profile})`], free: free.slice(0, count), total: free.length };
  }
}

/** Free numbers of a space, in text on both sides. */
async function numbers(
  tx: EntityManager, fabricId: string, { space, count }: Wish, claimed: string, ranges: readonly NumberRange[], read: (value: string) => number, write: (number: number) => string,
  kept: readonly string[] = [], within = ranges.map(({ first, last }) => `${write(first)}-${write(last)}`),
): Promise<FreeAnswer> {
  const rows = await rowsOf<{ value: string }>(tx, 'select value from claim where fabric_id = $1 and space = $2 and value is not null', [fabricId, claimed]);
  const taken = [...rows.map(({ value }) => value), ...kept].map(read);
  return { space, within: [...within], free: freeNumbers(ranges, taken, count).map(write), total: countFree(ranges, taken) };
}

function rangesOf(ranges: unknown): NumberRange[] {
  return (Array.isArray(ranges) ? ranges : []).map((range: { from?: unknown; to?: unknown }) => ({ first: Number(range.from ?? 0), last: Number(range.to ?? -1) }));
}

/** The object as it counts, by itself. */
async function lookUp(tx: EntityManager, fabricId: string, kind: string, name: string): Promise<NormalisedObject | undefined> {
  return (await readEffective(tx, fabricId, new ObjectSet([{ kind, name }])))[0]?.body;
}

/** @throws NotFound STATE-015 */
async function named(tx: EntityManager, fabricId: string, kind: string, name: string): Promise<NormalisedObject> {
  const object = await lookUp(tx, fabricId, kind, name);
  if (object) return object;
  throw new NotFound({ code: 'STATE-015', message: `The fabric has no ${kind} ${name}.`, remedy: `List them: heddle get <fabric> --kind ${kind}.` });
}
