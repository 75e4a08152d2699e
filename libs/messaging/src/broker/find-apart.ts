import { randomUUID } from 'node:crypto';
import amqp, { type ChannelModel } from 'amqplib';
import { sleep } from '@heddle/platform';
import { describeBroker } from './broker-address.ts';
import { within } from './within.ts';

const ANSWER_MS = 5_000;
const CLOSE_MS = 2_000;
/** A node with Khepri may learn a moment later of what was declared at another. */
const AGAIN_MS = 1_000;
const NOT_FOUND = 404;
/** The queue is another connection's alone: the node knows it. */
const RESOURCE_LOCKED = 405;

/** One node does not know what is declared at another, though both serve. */
export interface Apart {
  node: string;
  /** The other one. */
  from: string;
}

interface OpenNode {
  name: string;
  connection: ChannelModel;
  queue: string;
}

/**
 * Looks for nodes of one broker that keep apart: a node that was frozen or cut off for a moment may go on with a register of
 * its own, for good, while all else looks well. Declares a queue at each, which goes with its connection, and asks the others
 * about it, so that no management API is needed. Nodes that do not answer are left out: others tell of them.
 */
export async function findApart(urls: readonly string[]): Promise<Apart[]> {
  const opened = await Promise.all(urls.map((url) => open(url).catch(() => undefined)));
  const nodes = opened.filter((node) => node !== undefined);
  try {
    const pairs = nodes.flatMap((node) => nodes.filter((other) => other !== node).map((from) => ({ node, from })));
    const strange = await strangersOf(pairs);
    if (strange.length > 0) await sleep(AGAIN_MS);
    const apart = await strangersOf(strange);
    // What is gone with its connection is no secret of its node.
    const there = await Promise.all(apart.map(({ from }) => knows(from.connection, from.queue)));
    return apart.filter((_, index) => there[index]).map(({ node, from }) => ({ node: node.name, from: from.name }));
  } finally {
    await Promise.all(nodes.map(({ connection }) => within(CLOSE_MS, 'closing a connection', connection.close()).catch(() => undefined))); // the broker ends it by itself
  }
}

async function strangersOf<Pair extends { node: OpenNode; from: OpenNode }>(pairs: readonly Pair[]): Promise<Pair[]> {
  const known = await Promise.all(pairs.map(({ node, from }) => knows(node.connection, from.queue)));
  return pairs.filter((_, index) => known[index] === false);
}

async function open(url: string): Promise<OpenNode> {
  const connection = await amqp.connect(url, { timeout: ANSWER_MS, clientProperties: { connection_name: 'heddle nodes' } });
  connection.on('error', () => undefined); // what is asked next tells
  const queue = `heddle.probe.${randomUUID()}`;
  try {
    await within(ANSWER_MS, 'declaring a queue', (async () => (await quietChannel(connection)).assertQueue(queue, { exclusive: true, durable: false, autoDelete: true }))());
    return { name: describeBroker(url), connection, queue };
  } catch (error) {
    connection.close().catch(() => undefined);
    throw error;
  }
}

/** Absent when the node does not say. */
async function knows(connection: ChannelModel, queue: string): Promise<boolean | undefined> {
  try {
    await within(ANSWER_MS, 'looking at a queue', (async () => (await quietChannel(connection)).checkQueue(queue))());
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === RESOURCE_LOCKED ? true : code === NOT_FOUND ? false : undefined;
  }
}

/** A channel for one call: a refused one ends it. */
async function quietChannel(connection: ChannelModel): Promise<amqp.Channel> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined); // the failed call tells the same
  return channel;
}
