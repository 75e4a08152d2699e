import { type AppliedConfiguration, type ExampleName, exampleObjects } from '@heddle/fabric-simulator';
import pg from 'pg';
import type { Rest } from './rest.ts';

type Body = Record<string, unknown>;

/** What Heddle stored of an object, at the moment of its commit. */
interface Told { id: number; kind: 'VPC' | 'VPCAttachment'; name: string; state: string; switches: string; equal: boolean; body: { spec: Body } | null; at: Date }

/** What was told to people: that objects are on their switches. */
interface Announced { items: { kind: string; name: string }[]; at: Date }

/** Kinds that the Agents of these examples copy, and where. */
const COPIES = { VPC: 'vpcs', VPCAttachment: 'vpcAttachments' } as const;

/** Each change of what is stored of an object's health, as it is when its transaction commits: what is overwritten before that, nobody sees. */
const WATCH_CLAIMS = `
  CREATE TABLE public.told (id int GENERATED ALWAYS AS IDENTITY, kind text, name text, state text, switches text, equal boolean, hash text, body jsonb, at timestamptz);
  CREATE FUNCTION fabric.watch_claims() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    stands fabric.resource%ROWTYPE;
    was public.told%ROWTYPE;
  BEGIN
    SELECT * INTO stands FROM fabric.resource WHERE fabric_id = NEW.fabric_id AND kind = NEW.kind AND name = NEW.name;
    SELECT * INTO was FROM public.told t WHERE t.kind = NEW.kind AND t.name = NEW.name ORDER BY t.id DESC LIMIT 1;
    IF stands.kind IS NOT NULL AND (was.state, was.switches, was.hash) IS DISTINCT FROM (stands.state, stands.switches, stands.desired_hash) THEN
      INSERT INTO public.told (kind, name, state, switches, equal, hash, body, at)
        SELECT stands.kind, stands.name, stands.state, stands.switches, coalesce(stands.live_hash = stands.desired_hash, false), stands.desired_hash,
          (SELECT m.body FROM fabric.manifest m WHERE m.fabric_id = stands.fabric_id AND m.hash = stands.desired_hash), clock_timestamp();
    END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER watch_claims AFTER INSERT OR UPDATE ON fabric.resource DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind IN ('VPC', 'VPCAttachment')) EXECUTE FUNCTION fabric.watch_claims();`;

/**
 * Holds every claim that something is on the switches, from its start on and without a gap, against what the simulated
 * switches had applied by then: what fabric stores at each commit, and what it tells by events.
 */
export class HealthWitness {
  readonly #applied: AppliedConfiguration[] = [];
  readonly #announced: Announced[] = [];
  readonly #closing = new AbortController();
  readonly #carriers = new Map<string, Set<string>>();
  readonly #told: Told[] = [];

  #client!: pg.Client;

  /** @param fabric of an example, whose attachments stay as they are */
  constructor(fabric: ExampleName) {
    const objects = exampleObjects(fabric);
    for (const { kind, metadata, spec } of objects.filter((object) => object.kind === 'VPCAttachment')) {
      const connection = objects.find((object) => object.kind === 'Connection' && object.metadata.name === spec?.['connection']);
      const switches = objects.filter((object) => object.kind === 'Switch' && JSON.stringify(connection?.spec).includes(`"${object.metadata.name}/`)).map((object) => object.metadata.name);
      for (const key of [`${kind}/${metadata.name}`, `VPC/${String(spec?.['subnet']).split('/')[0]}`]) this.#carriers.set(key, new Set([...this.#carriers.get(key) ?? [], ...switches]));
    }
  }

  /** To be given to the simulator, before it starts: its switches' own word. */
  readonly onApplied = (applied: AppliedConfiguration): void => { this.#applied.push(applied); };

  /** Begins to listen: to the rows, once the tables are there, and to the event stream. */
  async listen(databaseUrl: string, rest: Rest): Promise<void> {
    this.#client = new pg.Client({ connectionString: databaseUrl });
    await this.#client.connect();
    await this.#client.query(WATCH_CLAIMS);
    const answer = await fetch(`${rest.url}/api/v1/events?types=resources.converged`, { headers: { authorization: `Bearer ${rest.token}` }, signal: this.#closing.signal });
    if (!answer.ok || !answer.body) throw new Error(`the event stream: ${answer.status}`);
    void this.#read(answer.body).catch((error: unknown) => { if (!this.#closing.signal.aborted) throw error; });
  }

  /** @returns what was claimed since the last call, and how much of it was not so */
  async sinceLast(): Promise<{ claims: number; announced: number; untrue: string[] }> {
    const { rows } = await this.#client.query<Told>('SELECT id, kind, name, state, switches, equal, body, at FROM public.told WHERE id > $1 ORDER BY id', [this.#told.at(-1)?.id ?? 0]);
    // An event comes after what it tells was stored, and may so come after an earlier call.
    this.#told.push(...rows);
    const claims = rows.filter(({ state, switches, equal }) => state === 'synced' || state === 'deleted' || (switches === 'converged' && equal));
    const announced = this.#announced.splice(0);
    const unfounded = announced.flatMap(({ items, at }) => items.filter(({ kind, name }) => kind in COPIES && !this.#told.some((row) => row.kind === kind && row.name === name && Math.abs(row.at.getTime() - at.getTime()) < 10_000)).map(({ kind, name }) => `${kind}/${name} announced at ${at.toISOString()} without being stored so`));
    return { claims: claims.length, announced: announced.length, untrue: [...claims.flatMap((claim) => this.#untrue(claim)), ...unfounded] };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client?.end();
  }

  /** Each switch that has to carry the object, or carries it in some version, must have applied it as it is claimed. */
  #untrue({ kind, name, state, body, at }: Told): string[] {
    const copies = new Map([...this.#latest(at)].map(([agent, spec]) => [agent, (spec[COPIES[kind]] as Record<string, Body> | undefined)?.[name]]));
    const say = (what: string): string => `${at.toISOString()} ${kind}/${name} is ${state}: ${what}`;
    if (state === 'deleted') return [...copies].filter(([, copy]) => copy !== undefined).map(([agent]) => say(`${agent} still has it`));
    const carriers = new Set([...this.#carriers.get(`${kind}/${name}`) ?? [], ...[...copies].filter(([, copy]) => copy !== undefined).map(([agent]) => agent)]);
    return [...carriers].filter((agent) => !holds(copies.get(agent), body?.spec)).map((agent) => say(`${agent} had ${JSON.stringify(copies.get(agent))}, not ${JSON.stringify(body?.spec)}`));
  }

  /** What each switch had applied last by then. */
  #latest(at: Date): Map<string, Body> {
    return new Map(this.#applied.filter((applied) => applied.at <= at).map(({ agent, spec }) => [agent, spec]));
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const part of stream.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
      text += part;
      const whole = text.lastIndexOf('\n\n');
      if (whole < 0) continue;
      for (const line of text.slice(0, whole).split('\n').filter((each) => each.startsWith('data: '))) {
        const { timestamp, data } = JSON.parse(line.slice(6)) as { timestamp: string; data: Pick<Announced, 'items'> };
        this.#announced.push({ items: data.items, at: new Date(timestamp) });
      }
      text = text.slice(whole + 2);
    }
  }
}

/** Whether the copy says all that is wanted; admission may have added to it. */
function holds(copy: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return JSON.stringify(copy) === JSON.stringify(wanted);
  return typeof copy === 'object' && copy !== null && Object.entries(wanted).every(([key, value]) => holds((copy as Body)[key], value));
}
