import { expect, it } from 'vitest';
import { RULES } from '../src/index.ts';
import type { Rule, RuleExample } from '../src/index.ts';
import { contextOf, objectOf } from './rule-examples.ts';

/** What the rule says of its first example that breaks it. */
function shown(rule: Rule): string {
  const example = rule.bad[0] as RuleExample;
  const [hit] = rule.check(objectOf(rule, example), contextOf(rule, example));
  return hit ? `\`${hit.field}\`: ${hit.message}` : '';
}

function pageOf(rules: readonly Rule[]): string {
  const kinds = [...new Set(rules.flatMap((rule) => rule.kinds.length > 3 ? ['Every kind'] : rule.kinds))].sort();
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const sections = kinds.map((kind) => {
    const rows = rules.filter((rule) => (kind === 'Every kind' ? rule.kinds.length > 3 : rule.kinds.length <= 3 && rule.kinds.includes(kind)))
      .map((rule) => `| \`${rule.id}\` | ${rule.severity} | ${cell(rule.text)} | ${cell(rule.remedy)} | ${cell(shown(rule))} |`);
    return `## ${kind}\n| rule | severity | what must hold | what to do when it does not | an example of what is said |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Rules\n\nWhat Heddle checks on an object's normal form, beside its schema, the existence of what it names (\`reference-missing\`, \`reference-part-missing\`; \`reference-dropped\` where Git took it out and it still lives) and what two objects may not both take (\`clash-…\`: ports, addresses, VLANs, subnets, ASNs). Errors keep an object from being applied, warnings do not. Rules that look at other objects say nothing where those are not known; rules on changes compare with the object as it lives. This page is made from the rules in \`libs/hedgehog/src/rules\`: \`npm test -- libs/hedgehog/test/rules-page.spec.ts -u\` writes it anew.\n\n${sections.join('\n')}`;
}

it('docs/rules.md is made from the rules', async () => {
  await expect(pageOf(RULES)).toMatchFileSnapshot('../../../docs/rules.md');
});
