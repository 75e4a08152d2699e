/** What a person can do about something that a plan keeps back, by its reason. */
const REMEDIES: Readonly<Record<string, string>> = {
  Held: 'Correct the document that can\'t be used.',
  Invalid: 'Correct what the findings name.',
  BeingDeleted: 'Wait until it is gone, or look why its finalizers are not released.',
  Conflict: 'Look at both sides (heddle drift show), then revert the drift to take Git\'s, or change Git.',
  Drifted: 'Look at the difference (heddle diff), then revert the drift or change Git.',
  ImmutableField: 'Sync with --replace to delete it and make it again, or remove it in one commit and add it in a later one.',
  NotInInventory: 'Nothing: Heddle does not delete what it did not apply.',
  AlreadyDeleting: 'Wait until it is gone, or look why its finalizers are not released.',
  SourceEmpty: 'Put the documents back; to empty a fabric, delete its objects by name.',
  SourceIncomplete: 'Correct the documents that can\'t be read; what is no longer in Git is deleted after that.',
  PruneOff: 'Switch prune on, or sync once with --prune.',
  SourceChanged: 'Look at the plan, then sync with --prune to delete what the new source does not have.',
  StillReferenced: 'Take what names it out of Git as well, or put it back.',
  ApprovalNeeded: 'Look at the plan, and have somebody approve it who neither asked for it nor wrote the commit: heddle plan approve.',
  WaitsForApproval: 'Have the plan approved: heddle plan approve.',
  ReplaceBlocked: 'See the message: what stands in the way of deleting and creating it anew.',
  WaitsForWithheld: 'See why the object that it names is kept back.',
  OrderCycle: 'Break the circle of references in Git.',
  NotSelected: 'Sync it as well: the last sync was of chosen objects.',
};

/** The remedy of a plan's reason to keep something back. */
export function withheldRemedy(reason: string): string {
  return REMEDIES[reason] ?? 'Look at the plan: it says what it keeps back and why.';
}
