/** The MAC address in lower case with colons, or undefined if the text is none (six bytes; `:`, `-` or dotted groups of four). */
export function parseMac(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = /^([0-9a-f]{2}([:-])){1}([0-9a-f]{2}\2){4}[0-9a-f]{2}$/i.test(text) || /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text);
  if (!plain) return undefined;
  const digits = text.replace(/[:.-]/g, '').toLowerCase();
  return digits.match(/../g)?.join(':');
}

/** True if the first byte marks a group address. */
export function isMulticastMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
