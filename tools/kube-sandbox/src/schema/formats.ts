const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

const known = new Map<string, (value: string) => boolean>([
  ['date-time', (value) => DATE_TIME.test(value) && !Number.isNaN(Date.parse(value))],
  ['date', (value) => DATE.test(value) && !Number.isNaN(Date.parse(value))],
  ['uuid', (value) => UUID.test(value)],
  ['ipv4', (value) => IPV4.test(value)],
  ['mac', (value) => MAC.test(value)],
]);

/** Formats that are not known are not checked, as on the real server. */
export function formatAccepts(format: string, value: string): boolean {
  return known.get(format)?.(value) ?? true;
}
