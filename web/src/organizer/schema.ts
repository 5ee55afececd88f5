import { components } from '../../../contracts/openapi/myevents.json';

/** What of JSON Schema the API's document uses to limit what one may send. */
interface Schema {
  $ref?: string;
  description?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  examples?: unknown[];
}

const schemas: Record<string, Schema> = components.schemas;

/**
 * What a body breaks of the rules that the API's document has for it, by field and in the API's words. The limits are those of
 * the document itself, so they cannot differ from what the services check; the types generated from it do not have them.
 */
export function violations(schemaName: string, body: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  check(schemaOf(schemaName), body, '', found);
  return found;
}

function schemaOf(name: string): Schema {
  const schema = schemas[name];
  if (schema === undefined) {
    throw new Error(`the API's document has no schema ${name}`);
  }
  return schema;
}

function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : schemaOf(schema.$ref.replace('#/components/schemas/', ''));
}

function check(schema: Schema, value: unknown, field: string, found: Record<string, string>): void {
  const rule = broken(schema, value);
  if (rule !== undefined) {
    found[field] = rule;
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => check(resolved(schema.items ?? {}), item, `${field}[${i}]`, found));
  } else if (typeof value === 'object' && value !== null) {
    checkProperties(schema, value as Record<string, unknown>, field, found);
  }
}

function checkProperties(schema: Schema, value: Record<string, unknown>, field: string, found: Record<string, string>): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const path = field === '' ? name : `${field}.${name}`;
    const given = value[name];
    if (given !== undefined) {
      check(resolved(property), given, path, found);
    } else if (schema.required?.includes(name)) {
      found[path] = 'is required';
    }
  }
}

/** The rule that a value breaks by itself, whatever is in it. */
function broken(schema: Schema, value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return brokenText(schema, value);
    case 'number':
      return brokenNumber(schema, value);
    default:
      return Array.isArray(value) ? brokenList(schema, value) : undefined;
  }
}

function brokenText({ minLength = 0, maxLength = Infinity, pattern, examples }: Schema, value: string): string | undefined {
  const characters = [...value].length;
  if (value.trim() === '' && (minLength > 0 || pattern !== undefined)) {
    return 'is required';
  }
  if (characters > maxLength) {
    return `must have at most ${maxLength} characters`;
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return `must have the form of ${String(examples?.[0] ?? pattern)}`;
  }
  return undefined;
}

function brokenNumber({ type, minimum = -Infinity, maximum = Infinity }: Schema, value: number): string | undefined {
  if (Number.isNaN(value)) {
    return 'must be a number';
  }
  if (type === 'integer' && !Number.isInteger(value)) {
    return 'must be an integer';
  }
  if (value < minimum) {
    return `must be at least ${minimum}`;
  }
  return value > maximum ? `must be at most ${maximum}` : undefined;
}

function brokenList({ minItems = 0, maxItems = Infinity }: Schema, value: unknown[]): string | undefined {
  if (value.length < minItems) {
    return `must have at least ${minItems} items`;
  }
  return value.length > maxItems ? `must have at most ${maxItems} items` : undefined;
}
