import type { JsonObject } from './resource-object.ts';
import { entriesAt, numberAt, objectAt, textAt, textsAt } from './spec-reader.ts';

/** What a switch model allows on one port, in the terms of `SwitchProfile.spec.portProfiles`. */
export interface PortModel {
  /** Group that sets the port's speed; absent where the port is set by itself. */
  readonly group?: string;
  readonly pipeline?: string;
  readonly management: boolean;
  readonly autoNegAllowed: boolean;
  /** Speeds that can be set; empty where the port breaks out instead. */
  readonly speeds: readonly string[];
  /** Number of ports that each breakout mode gives; empty where the port has a speed instead. */
  readonly breakouts: ReadonlyMap<string, number>;
  readonly defaultBreakout?: string;
}

/** The model of a port such as `E1/5`, or undefined where the profile has no such port. */
export function portModelOf(profile: JsonObject, port: string): PortModel | undefined {
  const found = objectAt(profile, 'ports', port);
  if (!found) return undefined;
  const group = textAt(found, 'group');
  const pipeline = textAt(found, 'pipeline');
  const name = group === undefined ? textAt(found, 'profile') : textAt(profile, 'portGroups', group, 'profile');
  const model = name === undefined ? undefined : objectAt(profile, 'portProfiles', name);
  const defaultBreakout = textAt(model, 'breakout', 'default');
  return {
    management: found.management === true,
    autoNegAllowed: model?.autoNegAllowed === true,
    speeds: textsAt(model, 'speed', 'supported'),
    breakouts: new Map(entriesAt(model, 'breakout', 'supported').map(([mode, { offsets }]) => [mode, Array.isArray(offsets) ? offsets.length : 1])),
    ...(group !== undefined && { group }),
    ...(pipeline !== undefined && { pipeline }),
    ...(defaultBreakout !== undefined && { defaultBreakout }),
  };
}

/** Into how many ports a port of this switch is broken out: by the switch's own setting, else as the profile says. */
export function lanesOf(model: PortModel, spec: JsonObject, port: string): number {
  return model.breakouts.get(textAt(spec, 'portBreakouts', port) ?? model.defaultBreakout ?? '') ?? 1;
}

/** Why a port name such as `E1/5` or `E1/5/2` can't be used on this switch; undefined when it can. */
export function portFault(name: string, spec: JsonObject, profile: JsonObject): string | undefined {
  const [, base = '', lane = '1'] = /^(E\d+\/\d+)(?:\/(\d+))?$/.exec(name) ?? [];
  const model = portModelOf(profile, base);
  if (!model || model.management) return `the profile has no data port ${base || name}`;
  const lanes = lanesOf(model, spec, base);
  return Number(lane) >= 1 && Number(lane) <= lanes ? undefined : `${base} has ${lanes === 1 ? 'no breakout ports' : `${lanes} breakout ports`}`;
}

/** Limits that a switch's breakouts exceed: of the whole switch (pipeline absent) or of a pipeline. */
export function exceededPortLimits(spec: JsonObject, profile: JsonObject): { pipeline?: string; ports: number; most: number }[] {
  const perPipeline = new Map<string, number>();
  let all = 0;
  for (const [port] of entriesAt(profile, 'ports')) {
    const model = portModelOf(profile, port);
    if (!model || model.management) continue;
    const lanes = lanesOf(model, spec, port);
    all += lanes;
    if (model.pipeline !== undefined) perPipeline.set(model.pipeline, (perPipeline.get(model.pipeline) ?? 0) + lanes);
  }
  const most = numberAt(profile, 'maxPorts');
  const whole = most !== undefined && most > 0 && all > most ? [{ ports: all, most }] : [];
  const pipelines = [...perPipeline].flatMap(([pipeline, ports]) => {
    const limit = numberAt(profile, 'pipelines', pipeline, 'maxPorts');
    return limit !== undefined && ports > limit ? [{ pipeline, ports, most: limit }] : [];
  });
  return [...whole, ...pipelines];
}
