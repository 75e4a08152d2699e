import type { z } from 'zod';
import { alertChangedV1 } from './alert/alert.changed.v1.ts';
import { alertRaisedV1 } from './alert/alert.raised.v1.ts';
import { alertResolvedV1 } from './alert/alert.resolved.v1.ts';
import { approvalEndedV1 } from './approval/approval.ended.v1.ts';
import { approvalRequestedV1 } from './approval/approval.requested.v1.ts';
import { busAlertFiredV1 } from './bus/bus.alert_fired.v1.ts';
import { busAlertResolvedV1 } from './bus/bus.alert_resolved.v1.ts';
import { clusterStateChangedV1 } from './cluster/cluster.state_changed.v1.ts';
import { clusterWatchV1 } from './cluster/cluster.watch.v1.ts';
import { deadLetterChangedV1 } from './dead-letter/dead_letter.changed.v1.ts';
import { driftDetectedV1 } from './drift/drift.detected.v1.ts';
import { driftResolvedV1 } from './drift/drift.resolved.v1.ts';
import { fabricStateChangedV1 } from './fabric/fabric.state_changed.v1.ts';
import { fabricSyncChangedV1 } from './fabric/fabric.sync_changed.v1.ts';
import { archiveFailedV1 } from './notification/archive.failed.v1.ts';
import { deliveryFailedV1 } from './notification/delivery.failed.v1.ts';
import { agentsObservedV1 } from './observation/agents.observed.v1.ts';
import { objectsObservedV1 } from './observation/objects.observed.v1.ts';
import { resourcesConvergedV1 } from './observation/resources.converged.v1.ts';
import { watchStateChangedV1 } from './observation/watch.state_changed.v1.ts';
import { operationFinishedV1 } from './operation/operation.finished.v1.ts';
import { operationProgressedV1 } from './operation/operation.progressed.v1.ts';
import { operationStartedV1 } from './operation/operation.started.v1.ts';
import { repositoryStateChangedV1 } from './repository/repository.state_changed.v1.ts';
import { sourceAssignV1 } from './repository/source.assign.v1.ts';
import { sourceReleaseV1 } from './repository/source.release.v1.ts';
import { sourceStateChangedV1 } from './repository/source.state_changed.v1.ts';
import { revisionAcceptedV1 } from './revision/revision.accepted.v1.ts';
import { revisionObservedV1 } from './revision/revision.observed.v1.ts';
import { revisionWantedV1 } from './revision/revision.wanted.v1.ts';
import { stepsApplyV1 } from './steps/steps.apply.v1.ts';
import { stepsCancelV1 } from './steps/steps.cancel.v1.ts';
import { stepsFinishedV1 } from './steps/steps.finished.v1.ts';

/** Every message that travels on the bus, by type: publishing and handling are typed by it. */
export const messages = {
  'alert.changed': alertChangedV1,
  'alert.raised': alertRaisedV1,
  'alert.resolved': alertResolvedV1,
  'approval.ended': approvalEndedV1,
  'approval.requested': approvalRequestedV1,
  'archive.failed': archiveFailedV1,
  'bus.alert_fired': busAlertFiredV1,
  'bus.alert_resolved': busAlertResolvedV1,
  'cluster.state_changed': clusterStateChangedV1,
  'cluster.watch': clusterWatchV1,
  'dead_letter.changed': deadLetterChangedV1,
  'drift.detected': driftDetectedV1,
  'drift.resolved': driftResolvedV1,
  'fabric.state_changed': fabricStateChangedV1,
  'fabric.sync_changed': fabricSyncChangedV1,
  'delivery.failed': deliveryFailedV1,
  'agents.observed': agentsObservedV1,
  'objects.observed': objectsObservedV1,
  'resources.converged': resourcesConvergedV1,
  'watch.state_changed': watchStateChangedV1,
  'operation.finished': operationFinishedV1,
  'operation.progressed': operationProgressedV1,
  'operation.started': operationStartedV1,
  'repository.state_changed': repositoryStateChangedV1,
  'source.assign': sourceAssignV1,
  'source.release': sourceReleaseV1,
  'source.state_changed': sourceStateChangedV1,
  'revision.accepted': revisionAcceptedV1,
  'revision.observed': revisionObservedV1,
  'revision.wanted': revisionWantedV1,
  'steps.apply': stepsApplyV1,
  'steps.cancel': stepsCancelV1,
  'steps.finished': stepsFinishedV1,
} as const;

export type MessageType = keyof typeof messages;
/** The data of a message of this type, as handlers get it. */
export type MessageData<Type extends MessageType> = z.output<(typeof messages)[Type]['schema']>;
/** The data of a message of this type, as publishers give it (defaults may be left out). */
export type MessageInput<Type extends MessageType> = z.input<(typeof messages)[Type]['schema']>;
