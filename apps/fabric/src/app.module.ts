import { alertThresholdsOf, MessagingModule, messagingMigrations } from '@heddle/messaging';
import { PlatformModule } from '@heddle/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { AlertHandlers } from './alerts/alert.handlers.ts';
import { AlertKeeper } from './alerts/alert-keeper.ts';
import { AlertService } from './alerts/alert.service.ts';
import { AgentHealthService } from './agent-health/agent-health.service.ts';
import { ApprovalEntity } from './approvals/approval.entity.ts';
import { ApprovalHandlers } from './approvals/approval.handlers.ts';
import { ApprovalService } from './approvals/approval.service.ts';
import { ApprovalStore } from './approvals/approval-store.ts';
import { Refusals } from './audit/refusals.ts';
import type { Config } from './config.ts';
import { AgentService } from './convergence/agent.service.ts';
import { ConvergenceService } from './convergence/convergence.service.ts';
import { StandingService } from './convergence/standing.service.ts';
import { DriftHandlers } from './drifts/drift.handlers.ts';
import { DriftKeeper } from './drifts/drift-keeper.ts';
import { DriftService } from './drifts/drift.service.ts';
import { RevertService } from './drifts/revert.service.ts';
import { ExplainHandlers } from './explain/explain.handlers.ts';
import { ExplainService } from './explain/explain.service.ts';
import { SnoozeEnds, SnoozeLoop } from './drifts/snooze-ends.ts';
import { VerdictService } from './drifts/verdict.service.ts';
import { ClusterReset } from './fabrics/cluster-reset.ts';
import { SyncStates } from './fabrics/change-sync.ts';
import { DryRunService } from './dry-runs/dry-run.service.ts';
import { FabricEntity } from './fabrics/fabric.entity.ts';
import { FabricHandlers } from './fabrics/fabric.handlers.ts';
import { InstallationService } from './fabrics/installation.service.ts';
import { FabricLifecycle } from './fabrics/fabric-lifecycle.ts';
import { FabricService } from './fabrics/fabric.service.ts';
import { SignalService } from './fabrics/signal.service.ts';
import { ComplianceService } from './findings/compliance.service.ts';
import { FindingHandlers, FindingService } from './findings/finding.handlers.ts';
import { ValidationService } from './findings/validation.service.ts';
import { CreateFabricTables1763710000000 } from './migrations/1763710000000-create-fabric-tables.ts';
import { EndApprovals1796052600000 } from './migrations/20261130153000-end-approvals.ts';
import { EndOutdatedApprovals1796061660000 } from './migrations/20261130180100-end-outdated-approvals.ts';
import { NameSchemaOfTally1796061600000 } from './migrations/20261130180000-name-schema-of-tally.ts';
import { SeeReleases1796052660000 } from './migrations/20261130153100-see-releases.ts';
import { TellInstallation1796052720000 } from './migrations/20261130153200-tell-installation.ts';
import { ApproveDeletes1764100300000 } from './migrations/1764100300000-approve-deletes.ts';
import { AskByDryRun1764100320000 } from './migrations/1764100320000-ask-by-dry-run.ts';
import { NumberWhatWasHeard1764000500001 } from './migrations/1764000500001-number-what-was-heard.ts';
import { TellWhatIsWaitedFor1764100400000 } from './migrations/1764100400000-tell-what-is-waited-for.ts';
import { CreateAlerts1764100500010 } from './migrations/1764100500010-create-alerts.ts';
import { CreateAgentProblems1764100500000 } from './migrations/1764100500000-create-agent-problems.ts';
import { IndexLists1764100600001 } from './migrations/1764100600001-index-lists.ts';
import { IndexWhatIsWhere1764100600000 } from './migrations/1764100600000-index-what-is-where.ts';
import { IndexHeldDocuments1795255800000 } from './migrations/20261121101000-index-held-documents.ts';
import { IndexFilters1796051400000 } from './migrations/20261130151000-index-filters.ts';
import { TallyObjects1796050800000 } from './migrations/20261130150000-tally-objects.ts';
import { FollowDeletes1795255200000 } from './migrations/20261121100000-follow-deletes.ts';
import { CompareByReleaseAndRules1764100200000 } from './migrations/1764100200000-compare-by-release-and-rules.ts';
import { JudgeDrifts1764100200001 } from './migrations/1764100200001-judge-drifts.ts';
import { LiveStore } from './observations/live-store.ts';
import { ObservationHandlers } from './observations/observation.handlers.ts';
import { ObservationService } from './observations/observation.service.ts';
import { AutomaticSync } from './operations/automatic-sync.ts';
import { Dispatcher } from './operations/dispatcher.ts';
import { FabricTurn } from './operations/fabric-turn.ts';
import { FabricWorker } from './operations/fabric-worker.ts';
import { OperationEnd } from './operations/operation-end.ts';
import { UnwantedSteps } from './operations/unwanted-steps.ts';
import { OperationEntity } from './operations/operation.entity.ts';
import { OperationHandlers } from './operations/operation.handlers.ts';
import { OperationRequests } from './operations/operation-requests.ts';
import { OperationService } from './operations/operation.service.ts';
import { OutcomeService } from './operations/outcome.service.ts';
import { Housekeeping } from './operations/housekeeping.ts';
import { WorkLoop } from './operations/work-loop.ts';
import { PlanEntity } from './plans/plan.entity.ts';
import { PlanHandlers } from './plans/plan.handlers.ts';
import { PlanQueue } from './plans/plan-queue.ts';
import { PlanService } from './plans/plan.service.ts';
import { Planner } from './plans/planner.ts';
import { ComparisonLoop } from './resources/comparison-loop.ts';
import { ComparisonService } from './resources/comparison.service.ts';
import { DiffService } from './resources/diff.service.ts';
import { ResourceHandlers } from './resources/resource.handlers.ts';
import { ResourceService } from './resources/resource.service.ts';
import { ReviewService } from './resources/review.service.ts';
import { TableStatistics } from './resources/table-statistics.ts';
import { MissingChunks } from './revisions/missing-chunks.ts';
import { RevisionHandlers } from './revisions/revision.handlers.ts';
import { RevisionService } from './revisions/revision.service.ts';
import { FabricCheck } from './schedules/fabric-check.ts';
import { MasterCycle } from './schedules/master-cycle.ts';
import { HopMetrics } from './telemetry/hop-metrics.ts';
import { FreeService } from './where/free.service.ts';
import { WhereHandlers } from './where/where.handlers.ts';
import { WhereService } from './where/where.service.ts';
import { FabricMetrics } from './telemetry/fabric-metrics.ts';

export const entities = [FabricEntity, PlanEntity, OperationEntity, ApprovalEntity];
export const migrations = [CreateFabricTables1763710000000, FollowDeletes1795255200000, IndexHeldDocuments1795255800000, NumberWhatWasHeard1764000500001, CompareByReleaseAndRules1764100200000, JudgeDrifts1764100200001, ApproveDeletes1764100300000, AskByDryRun1764100320000, TellWhatIsWaitedFor1764100400000, CreateAgentProblems1764100500000, CreateAlerts1764100500010, IndexWhatIsWhere1764100600000, IndexLists1764100600001, TallyObjects1796050800000, IndexFilters1796051400000, EndApprovals1796052600000, SeeReleases1796052660000, TellInstallation1796052720000, NameSchemaOfTally1796061600000, EndOutdatedApprovals1796061660000];
export const handlers = [FabricHandlers, RevisionHandlers, ResourceHandlers, FindingHandlers, PlanHandlers, OperationHandlers, ApprovalHandlers, DriftHandlers, ExplainHandlers, ObservationHandlers, WhereHandlers, AlertHandlers];
/** What decides and stores, without what runs by itself. */
export const services = [
  Refusals, TableStatistics, PlanQueue, FabricLifecycle, InstallationService, SyncStates, ClusterReset, SignalService, DriftKeeper, ReviewService, ValidationService, ComparisonService, LiveStore, ConvergenceService, ObservationService, AgentService,
  RevisionService, ApprovalStore, ApprovalService, DryRunService, Planner, PlanService, OperationEnd, UnwantedSteps, OperationService, OperationRequests, OutcomeService, RevertService, VerdictService, DriftService, SnoozeEnds, DiffService, FabricService, ResourceService, FindingService, ExplainService, Dispatcher, AutomaticSync, FabricTurn, FabricWorker,
  ComplianceService, AgentHealthService, StandingService, HopMetrics, AlertKeeper, AlertService,
  WhereService, FreeService,
];

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot({ service: 'fabric', config, entities, migrations: [...messagingMigrations, ...migrations] }),
        MessagingModule.forRoot({ service: 'fabric', amqpUrls: config.HEDDLE_AMQP_URL, alerts: alertThresholdsOf(config) }),
      ],
      controllers: handlers,
      providers: [...services, WorkLoop, ComparisonLoop, SnoozeLoop, Housekeeping, MasterCycle, FabricCheck, MissingChunks, FabricMetrics],
    };
  }
}
