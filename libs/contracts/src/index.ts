export { alertSchema, alertSeveritySchema, type Alert, type AlertSeverity } from './bus/alert.ts';
export { busAlertFiredV1 } from './bus/bus.alert_fired.v1.ts';
export { busAlertResolvedV1 } from './bus/bus.alert_resolved.v1.ts';
export { clusterStateChangedV1 } from './cluster/cluster.state_changed.v1.ts';
export { clusterWatchV1 } from './cluster/cluster.watch.v1.ts';
export { breakerSchema, conditionSchema, type BreakerView, type Condition } from './condition.ts';
export { SERVICES, defineMessage, sendersOf, type MessageContract, type MessageRole, type ServiceName, type Superseded } from './define-message.ts';
export { DEFAULT_PRIORITY, deliveryFaults, MAX_TTL_MS, type DeliveryOptions, type Priority } from './delivery-options.ts';
export { defineRequest, type RequestContract } from './define-request.ts';
export { driftFieldSchema, fieldChangeSchema, type DriftField, type FieldChange } from './diff.ts';
export { deadLetterChangedV1 } from './dead-letter/dead_letter.changed.v1.ts';
export { driftDetectedV1 } from './drift/drift.detected.v1.ts';
export { driftResolvedV1 } from './drift/drift.resolved.v1.ts';
export { actorSchema, systemActor, type Actor } from './envelope/actor.ts';
export { CLOUD_EVENT_MEDIA_TYPE, type CloudEvent, cloudEventSchema, fromCloudEvent, toCloudEvent } from './envelope/cloud-event.ts';
export { envelopeSchema, metadataSchema, type Envelope, type Metadata } from './envelope/envelope.v1.ts';
export { fabricStateChangedV1 } from './fabric/fabric.state_changed.v1.ts';
export { fabricSyncChangedV1 } from './fabric/fabric.sync_changed.v1.ts';
export { findingSchema, findingSourceSchema, type Finding } from './finding.ts';
export { kindAddressSchema, kubernetesObjectSchema, type KindAddress, type KubernetesObject } from './kubernetes-object.ts';
export { readData, versionsOf, type ReadData } from './message-versions.ts';
export { messages, type MessageData, type MessageInput, type MessageType } from './messages.ts';
export { archiveFailedV1 } from './notification/archive.failed.v1.ts';
export { deliveryFailedV1 } from './notification/delivery.failed.v1.ts';
export { agentsObservedV1 } from './observation/agents.observed.v1.ts';
export { objectsObservedV1 } from './observation/objects.observed.v1.ts';
export { fieldManagerSchema, observationSchema, observedObjectSchema, type FieldManager, type Observation, type ObservedObject } from './observation/observed-object.ts';
export { resourcesConvergedV1 } from './observation/resources.converged.v1.ts';
export { watchStateChangedV1 } from './observation/watch.state_changed.v1.ts';
export { operationFinishedV1 } from './operation/operation.finished.v1.ts';
export { operationProgressedV1 } from './operation/operation.progressed.v1.ts';
export { operationStartedV1 } from './operation/operation.started.v1.ts';
export { nameSchema, pageOf, pageQuerySchema, referenceSchema, type Page, type PageQuery } from './page.ts';
export { NEWEST_RELEASE, RELEASES, releaseSchema, type Release } from './release.ts';
export { repositoryStateChangedV1 } from './repository/repository.state_changed.v1.ts';
export { sourceAssignV1 } from './repository/source.assign.v1.ts';
export { sourceReleaseV1 } from './repository/source.release.v1.ts';
export { sourceStateChangedV1 } from './repository/source.state_changed.v1.ts';
export { busGet, busViewSchema, meshBusSchema, queueViewSchema, type BusView, type MeshBus, type QueueView } from './request/bus.ts';
export { DEAD_LETTER_CHUNK_MS, deadLetterGroups, deadLetterList, deadLetterQuerySchema, deadLetterRequests } from './request/dead-letter.ts';
export { TASK_SERVICES, taskDetailSchema, taskQuerySchema, taskRequests, taskStateSchema, taskViewSchema, workQueueSchema, type TaskDetail, type TaskQuery, type TaskView } from './request/task.ts';
export { archiveDayList, archiveTaskCreate, archiveTaskGet, archiveTaskList, eventSearch, replayCancel, replayCreate, replayGet, replayList } from './request/event-log.ts';
export { approvalList, diffList, driftAdopt, driftGet, driftJudge, driftList, driftRevert, driftSnooze, explain, verdictList, fabricCreate, fabricDelete, fabricGet, fabricList, fabricUpdate, findingList, operationCancel, operationGet, operationList, operationStart, planApprove, planGet, planList, planMake, planReject, planRender, resourceGet, resourceList } from './request/fabric.ts';
export { repositoryCreate, repositoryDelete, repositoryGet, repositoryList, repositoryRefresh, repositoryTest, repositoryUpdate, repositoryWebhook } from './request/git-sync.ts';
export { clusterDelete, clusterGet, clusterPut, clusterTest } from './request/k8s-sync.ts';
export { deliveryList, eventList, subscriptionCreate, subscriptionDelete, subscriptionGet, subscriptionList, subscriptionUpdate } from './request/notification.ts';
export { archiveDaySchema, archiveManifestSchema, archiveTaskSchema, archiveTaskSpecSchema, type ArchiveDay, type ArchiveManifest, type ArchiveTask, type ArchiveTaskSpec } from './rest/archive.ts';
export { clusterConnectionSchema, clusterSpecSchema, clusterViewSchema, connectionStateSchema, type ClusterConnection, type ClusterSpec, type ClusterView } from './rest/cluster.ts';
export { connectionTestSchema, type ConnectionTest } from './rest/connection-test.ts';
export {
  DEAD_LETTER_SERVICES, deadLetterBodySchema, deadLetterFilterSchema, deadLetterGroupSchema, deadLetterOutcomeSchema, deadLetterProgressSchema, deadLetterRefSchema, deadLetterSchema, deadLetterServiceSchema,
  deadLetterStateSchema, deadLetterSummarySchema, discardDeadLettersSchema, discardReasonSchema, editDeadLetterSchema, editedDeadLetterSchema, MOST_DEAD_LETTERS, replayDeadLettersSchema,
  type DeadLetter, type DeadLetterBody, type DeadLetterFilter, type DeadLetterGroup, type DeadLetterOutcome, type DeadLetterProgress, type DeadLetterRef, type DeadLetterService, type DeadLetterState,
  type DeadLetterSummary, type EditDeadLetter, type EditedDeadLetter,
} from './rest/dead-letter.ts';
export { driftPolicyRuleSchema, driftPolicySchema, type DriftPolicy, type DriftPolicyRule } from './rest/drift-policy.ts';
export {
  driftFilterSchema, driftNewsSchema, driftStateSchema, driftViewSchema, judgeDriftsSchema, judgedDriftsSchema, MOST_VERDICTS, revertDriftSchema, snoozeDriftSchema, verdictEntrySchema, verdictSchema,
  type DriftFilter, type DriftState, type DriftView, type JudgedDrifts, type Verdict, type VerdictEntry,
} from './rest/drift.ts';
export { objectDiffSchema, type ObjectDiff } from './rest/object-diff.ts';
export { fabricPatchSchema, fabricPolicySchema, fabricSourceSchema, fabricSpecSchema, fabricStateSchema, fabricViewSchema, syncStateSchema, type FabricPolicy, type FabricSpec, type FabricState, type FabricView, type SyncState } from './rest/fabric.ts';
export { operationStateSchema, operationSummarySchema, operationViewSchema, startSyncSchema, type OperationState, type OperationSummary, type OperationView } from './rest/operation.ts';
export { ignoreRuleSchema, type IgnoreRule } from './rest/ignore-rule.ts';
export { approvalStateSchema, approvalViewSchema, approveSchema, rejectSchema, type ApprovalState, type ApprovalView } from './rest/approval.ts';
export { objectRefSchema, type ObjectRef } from './rest/object-ref.ts';
export { blastRadiusSchema, makePlanSchema, planFormatSchema, planGateSchema, planStepSchema, planViewSchema, stepDryRunSchema, type BlastRadius, type PlanFormat, type PlanGate, type PlanStep, type PlanView, type StepDryRun } from './rest/plan.ts';
export { deleteBudgetSchema, planPolicyPatchSchema, planPolicySchema, PROTECTED_KINDS, type DeleteBudget, type PlanPolicy, type PlanPolicyPatch } from './rest/plan-policy.ts';
export { makeTokenSchema, newTokenSchema, tokenViewSchema, type NewToken, type TokenView } from './rest/token.ts';
export { problemSchema, type Problem } from './rest/problem.ts';
export { MAX_REPLAY_RATE, eventFilterSchema, replaySpecSchema, replayStateSchema, replayTargetSchema, replayViewSchema, type EventFilter, type ReplaySpec, type ReplayState, type ReplayTarget, type ReplayView } from './rest/replay.ts';
export { repositoryCredentialsSchema, repositoryPatchSchema, repositorySpecSchema, repositoryStateSchema, repositoryViewSchema, type RepositoryCredentials, type RepositorySpec, type RepositoryState, type RepositoryView } from './rest/repository.ts';
export { historyEntrySchema, levelsSchema, resourceDetailSchema, resourceStateSchema, resourceViewSchema, switchStandingSchema, type SwitchStanding, type ResourceDetail, type ResourceState, type ResourceView } from './rest/resource.ts';
export { type DeliveryFormat, deliveryViewSchema, loggedEventSchema, subscriptionSpecSchema, subscriptionViewSchema, type DeliveryView, type LoggedEvent, type SubscriptionSpec, type SubscriptionView } from './rest/subscription.ts';
export { explainedLevels, explanationSchema, type ExplainedAgent, type ExplainedLevel, type Explanation, type LevelExplanation } from './rest/explanation.ts';
export { waitSchema, type Wait } from './rest/wait.ts';
export { revisionAcceptedV1 } from './revision/revision.accepted.v1.ts';
export { revisionObservedV1, sourceDocumentSchema, sourceFileSchema, type SourceDocument, type SourceFile } from './revision/revision.observed.v1.ts';
export { revisionWantedV1 } from './revision/revision.wanted.v1.ts';
export { outcomeSchema, type Outcome } from './steps/outcome.ts';
export { stepSchema, stepsApplyV1, type Step } from './steps/steps.apply.v1.ts';
export { stepsCancelV1 } from './steps/steps.cancel.v1.ts';
export { stepsFinishedV1 } from './steps/steps.finished.v1.ts';
export { freeFind, whereFind } from './request/where.ts';
export { freeAnswerSchema, freeQuerySchema, whereAnswerSchema, whereHitSchema, whereQuerySchema, type FreeAnswer, type WhereAnswer, type WhereHit } from './rest/where.ts';
