/** A port as Hedgehog names it: `device/port`. */
export interface DevicePort {
  readonly device: string;
  readonly port: string;
}

/** Splits `device/port`, or undefined if either part is missing. */
export function parseDevicePort(text: unknown): DevicePort | undefined {
  if (typeof text !== 'string') return undefined;
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) return undefined;
  return { device: text.slice(0, slash), port: text.slice(slash + 1) };
}

/** The one name of a switch port: `E1/5/1` is an alias of `E1/5`, the first lane of a port that is not broken out. */
export function foldPortAlias(port: string): string {
  return port.replace(/^(E\d+\/\d+)\/1$/, '$1');
}

/** True for `E1/N`, `E1/N/B` and management ports `M1`. */
export function isSwitchPortName(port: string): boolean {
  return /^(E\d+\/\d+(\/\d+)?|M\d+)$/.test(port);
}
