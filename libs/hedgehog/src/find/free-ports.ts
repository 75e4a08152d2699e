import { foldPortAlias } from '../net/device-port.ts';
import type { JsonObject } from '../resource-object.ts';
import { entriesAt } from '../spec-reader.ts';
import { lanesOf, portModelOf } from '../switch-ports.ts';

/**
 * The data ports of a switch that no Connection uses, in the order of the front panel, breakout ports each by itself.
 * @param taken names of ports that are cabled, such as `E1/5` or `E1/5/2`
 */
export function freePorts(spec: JsonObject, profile: JsonObject, taken: Iterable<string>): string[] {
  const used = new Set([...taken].map(foldPortAlias));
  return portNames(spec, profile).filter((port) => !used.has(foldPortAlias(port)));
}

/** Every data port of a switch, as its breakouts stand. */
function portNames(spec: JsonObject, profile: JsonObject): string[] {
  return entriesAt(profile, 'ports').toSorted(([a], [b]) => byNumbers(a, b)).flatMap(([port]) => {
    const model = portModelOf(profile, port);
    if (!model || model.management) return [];
    const lanes = lanesOf(model, spec, port);
    return lanes === 1 ? [port] : Array.from({ length: lanes }, (_, lane) => `${port}/${lane + 1}`);
  });
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => (name.match(/\d+/g) ?? []).map(Number));
  const at = left!.findIndex((number, index) => number !== right![index]);
  return at < 0 ? left!.length - right!.length : left![at]! - (right![at] ?? -1);
}
