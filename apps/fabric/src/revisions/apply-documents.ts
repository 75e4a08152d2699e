import type { Finding, ObjectRef } from '@heddle/contracts';
import { normalise, type NormalisedObject, type ResourceObject } from '@heddle/hedgehog';
import type { EntityManager } from 'typeorm';
import type { IndexedObject } from '../findings/index-objects.ts';
import { replaceObjectFindings } from '../findings/findings.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { asksForManagers, type Compared, compared, comparisonKey, manifestsOf } from '../resources/comparison.ts';
import { type DesiredBefore, type DesiredObject, holdDesired, readDesired, removeDesired, writeDesired } from '../resources/desired-store.ts';
import { readManagers } from '../resources/live-managers.ts';
import { readManifests, storeManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { type Claimant, decideDesired, type DesiredDecision } from './decide-desired.ts';
import { claimantsOf, type DirectoryFacts, markDuplicates } from './source-documents.ts';

export interface Applied {
  /** Objects of which Git now asks something else: another content, nothing, or to hold them. */
  changed: ObjectSet;
  /** Those whose content counts otherwise now, for references, claims and rules. */
  indexed: IndexedObject[];
}

/** Brings the desired state of the objects in line with the documents that are stored now. */
export async function applyDocuments(tx: EntityManager, fabric: FabricEntity, at: Date, committedAt: string, keys: ObjectSet, facts: DirectoryFacts): Promise<Applied> {
  const fabricId = fabric.id;
  const before = await readDesired(tx, fabricId, keys);
  const claimants = groupByObject(await claimantsOf(tx, fabricId, keys));
  const decisions = keys.list().map((ref) => {
    const key = `${ref.kind}/${ref.name}`;
    const known = before.get(key);
    const lastPath = known?.desiredHash ? known.path : null;
    return { ref, known, decision: decideDesired({ ...ref, claimants: claimants.get(key) ?? [], lastPath, brokenPaths: facts.brokenPaths, refusedNames: facts.refusedNames }) };
  });
  const desired = await normaliseDesired(tx, fabric, decisions);
  const held = decisions.filter(({ decision }) => decision.type === 'held');
  const removed = decisions.filter(({ decision, known }) => decision.type === 'removed' && known?.desiredHash);
  await writeDesired(tx, fabricId, at, committedAt, comparisonKey(fabric), desired.filter(({ moved }) => moved).map(({ row }) => row));
  await holdDesired(tx, fabricId, new ObjectSet(held.map(({ ref }) => ref)));
  await removeDesired(tx, fabricId, new ObjectSet(removed.map(({ ref }) => ref)));
  await recordDuplicates(tx, fabricId, keys, decisions);
  const live = await readManifests<NormalisedObject>(tx, fabricId, removed.map(({ known }) => known?.liveFullHash ?? known?.liveHash));
  const renewed = desired.filter(({ changed }) => changed);
  return {
    changed: new ObjectSet([...renewed.map(({ row }) => row), ...held.filter(({ known }) => known && !known.held).map(({ ref }) => ref), ...removed.map(({ ref }) => ref),
      ...desired.filter(({ known }) => known?.held).map(({ row }) => row)]),
    indexed: [...renewed.map(({ row, object }) => ({ kind: row.kind, name: row.name, object })),
      ...removed.map(({ ref, known }) => ({ ...ref, object: live.get(known?.liveFullHash ?? known?.liveHash ?? '') ?? null }))],
  };
}

type Decided = { ref: ObjectRef; known: DesiredBefore | undefined; decision: DesiredDecision };
type Renewed = { row: DesiredObject; object: NormalisedObject; known: DesiredBefore | undefined; changed: boolean; moved: boolean };

/** Normalises what has another text than before; the same text under the same normaliser is not read at all. */
async function normaliseDesired(tx: EntityManager, fabric: FabricEntity, decisions: readonly Decided[]): Promise<Renewed[]> {
  const fabricId = fabric.id;
  const wanted = decisions.flatMap(({ ref, known, decision }) => decision.type === 'desired' ? [{ ref, known, claimant: decision.claimant }] : []);
  const isSame = ({ known, claimant }: (typeof wanted)[number]): boolean => known?.rawHash === claimant.rawHash && known.comparison === comparisonKey(fabric) && known.desiredHash !== null;
  const bodies = await readManifests<ResourceObject>(tx, fabricId, wanted.filter((each) => !isSame(each)).map(({ claimant }) => claimant.rawHash));
  const managers = asksForManagers(fabric) ? await readManagers(tx, fabricId, new ObjectSet(wanted.map(({ ref }) => ref))) : new Map();
  const renewed = wanted.map((each): Renewed & { picture: Compared | null } => {
    const { ref, known, claimant: { path, index, line, rawHash } } = each;
    const raw = bodies.get(rawHash);
    const picture = raw ? compared(normalise(raw), fabric, managers.get(`${ref.kind}/${ref.name}`)) : null;
    const [desiredHash, desiredFullHash] = picture ? [picture.hash, picture.fullHash] : [known?.desiredHash as string, known?.desiredFullHash ?? null];
    const moved = !isSame(each) || known?.path !== path || known.document !== index || known.line !== line || known.held;
    return {
      row: { ...ref, path, document: index, line, rawHash, desiredHash, desiredFullHash }, picture, object: picture?.full as NormalisedObject, known, moved,
      changed: desiredHash !== known?.desiredHash || desiredFullHash !== known.desiredFullHash,
    };
  });
  await storeManifests(tx, fabricId, renewed.flatMap(({ picture }) => picture ? manifestsOf(picture) : []));
  return renewed;
}

async function recordDuplicates(tx: EntityManager, fabricId: string, keys: ObjectSet, decisions: readonly Decided[]): Promise<void> {
  const findings: Finding[] = decisions.flatMap(({ decision }) => decision.type === 'held' ? decision.findings : []);
  await replaceObjectFindings(tx, fabricId, 'duplicate', keys, findings);
  await markDuplicates(tx, fabricId, keys, new ObjectSet(decisions.filter(({ decision }) => decision.type === 'held' && decision.findings.length > 0).map(({ ref }) => ref)));
}

function groupByObject(claimants: readonly (ObjectRef & Claimant)[]): Map<string, Claimant[]> {
  return Map.groupBy(claimants, ({ kind, name }) => `${kind}/${name}`);
}
