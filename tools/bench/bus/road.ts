/** How messages get from one process to another. */
export type RoadName = 'raw' | 'nest' | 'kept' | 'single' | 'batch';

export interface RoadAddresses {
  amqpUrl: string;
  databaseUrl: string;
}

/** The sending end, in a process of its own. */
export interface Sender {
  /** Sends one message, or as many as make one transaction; resolves when it is safe. */
  send(texts: readonly string[]): Promise<void>;
  /** Messages of one `send`. */
  readonly group: number;
  /** How many `send`s go on side by side. */
  readonly concurrency: number;
}

/** The taking end, in a process of its own: tells of each message when it is done with it. */
export type Taker = (addresses: RoadAddresses, taken: (text: string) => void) => Promise<void>;

export interface Road {
  sender(addresses: RoadAddresses): Promise<Sender>;
  taker: Taker;
}

/** Messages on their way, and prefetch, of every road. */
export const WINDOW = 256;

/** 1 KiB of text that begins with the time of its sending. */
export function textAt(milliseconds: number): string {
  return `${milliseconds.toFixed(3)} `.padEnd(1_024, 'x');
}

/** Milliseconds since a text was made. Both processes run on one machine and one clock. */
export function ageOf(text: string): number {
  return now() - Number(text.slice(0, text.indexOf(' ')));
}

export function now(): number {
  return performance.timeOrigin + performance.now();
}
