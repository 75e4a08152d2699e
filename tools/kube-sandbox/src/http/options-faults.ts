import { fieldFault, invalid, type FieldFault } from '../status-error.ts';
import type { Call } from './call.ts';

const FIELD_VALIDATION = ['', 'Ignore', 'Strict', 'Warn'];
const PROPAGATION = ['Foreground', 'Background', 'Orphan'];

/** Refuses write options that the server does not know: 422 naming the options' kind. */
export function checkWriteOptions(call: Call, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions', apply = false): void {
  const faults: FieldFault[] = [];
  if (apply && !call.query.get('fieldManager')) faults.push(fieldFault.required('fieldManager', 'is required for apply patch'));
  if (kind === 'PatchOptions' && !apply && call.query.has('force')) {
    faults.push(fieldFault.forbidden('force', 'may not be specified for non-apply patch'));
  }
  checkDryRun(call, faults);
  const validation = call.query.get('fieldValidation') ?? '';
  if (!FIELD_VALIDATION.includes(validation)) {
    faults.push(fieldFault.notSupported('fieldValidation', JSON.stringify(validation), FIELD_VALIDATION));
  }
  refuse(kind, faults);
}

export function checkDeleteOptions(call: Call, propagation: string | undefined, dryRun: string[]): void {
  const faults: FieldFault[] = [];
  checkDryRun(call, faults, dryRun);
  if (propagation !== undefined && !PROPAGATION.includes(propagation)) {
    faults.push(fieldFault.notSupported('propagationPolicy', JSON.stringify(propagation), [...PROPAGATION, 'nil']));
  }
  refuse('DeleteOptions', faults);
}

function checkDryRun(call: Call, faults: FieldFault[], more: string[] = []): void {
  const values = [...call.query.getAll('dryRun').filter((value) => value !== ''), ...more];
  if (values.some((value) => value !== 'All')) {
    faults.push(fieldFault.notSupported('dryRun', `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`, ['All']));
  }
}

function refuse(kind: string, faults: FieldFault[]): void {
  if (faults.length > 0) throw invalid(kind, 'meta.k8s.io', '', faults);
}
