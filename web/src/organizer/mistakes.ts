import type { FieldProblem } from '../api/problem';

/** What is wrong with a form: a rule by the path of the field, as the API names both, such as halls[0].capacity. */
export type Mistakes = Readonly<Record<string, string>>;

/**
 * Sorts what the API said about a request to the form's fields. What belongs to none of them must be said too: `others` says
 * it with the name of the field. A field that the form has only in part, such as price where there is an input for
 * price.amount, is the first of its parts.
 */
export function sortToFields(errors: readonly FieldProblem[], fields: readonly string[]): { byField: Mistakes; others: string[] } {
  const byField: Record<string, string> = {};
  const others: string[] = [];
  for (const { field, rule } of errors) {
    const target = fields.find((candidate) => candidate === field) ?? fields.find((candidate) => isPartOf(candidate, field));
    if (target === undefined) {
      others.push(`${field} ${rule}`);
    } else {
      byField[target] ??= rule;
    }
  }
  return { byField, others };
}

function isPartOf(part: string, whole: string): boolean {
  return part.startsWith(`${whole}.`) || part.startsWith(`${whole}[`);
}
