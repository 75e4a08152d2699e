/** The few DER forms (X.690) that a certificate needs. */
function tagged(tag: number, content: Buffer): Buffer {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

export const der = {
  sequence: (...items: Buffer[]): Buffer => tagged(0x30, Buffer.concat(items)),
  set: (...items: Buffer[]): Buffer => tagged(0x31, Buffer.concat(items)),
  explicit: (number: number, content: Buffer): Buffer => tagged(0xa0 | number, content),
  /** Context-specific and primitive, as in a GeneralName. */
  implicit: (number: number, content: Buffer): Buffer => tagged(0x80 | number, content),
  octets: (content: Buffer): Buffer => tagged(0x04, content),
  bits: (content: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.concat([Buffer.from([unused]), content])),
  text: (value: string): Buffer => tagged(0x0c, Buffer.from(value, 'utf8')),
  boolean: (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0])),
  /** A non-negative integer in big-endian bytes. */
  integer: (bytes: Buffer): Buffer => tagged(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes),
  time: (date: Date): Buffer => tagged(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`)),
  oid: (dotted: string): Buffer => {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
  },
};

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
