/** `ask`, or `VPC=observe_only` for one kind. */
export function driftPolicyOf(text: string): { kind?: string; policy: string } {
  const [kind, policy] = text.includes('=') ? text.split('=') : [undefined, text];
  return { ...(kind && { kind }), policy: policy ?? '' };
}

/** `spec.subnets.*.vlan`, or `VPC:spec.mode` for one kind; `none` alone for no rule. */
export function ignoreRulesOf(texts: readonly string[]): { kind?: string; path: string }[] {
  if (texts.length === 1 && texts[0] === 'none') return [];
  return texts.map((text) => {
    const [, kind, path] = /^([A-Z][A-Za-z0-9]*):(.+)$/.exec(text) ?? [];
    return kind && path ? { kind, path } : { path: text };
  });
}
