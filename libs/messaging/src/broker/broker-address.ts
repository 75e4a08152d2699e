import type { Options } from 'amqplib';

/** Where a connection goes, as amqplib takes it. */
export type BrokerUrl = string | Options.Connect;

/** The nodes of a broker, from a comma-separated list of amqp(s) URLs. @throws on an empty list or another protocol */
export function brokerUrls(list: string): string[] {
  const urls = list.split(',').map((url) => url.trim()).filter((url) => url !== '');
  if (urls.length === 0) throw new Error('No URL of the broker is given');
  for (const url of urls) if (!/^amqps?:\/\//.test(url)) throw new Error('A URL of the broker does not begin with amqp:// or amqps://');
  return urls;
}

/** Host, port and virtual host of a broker URL, for logs: never user and password. */
export function describeBroker(url: unknown): string {
  if (typeof url !== 'string' || !URL.canParse(url)) return 'unknown address';
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname}:${port || (protocol === 'amqps:' ? '5671' : '5672')}${pathname}`;
}
