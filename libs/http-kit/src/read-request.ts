import { getMetadataStorage, validateSync } from 'class-validator';
import type { ValidationError } from 'class-validator';
import type { FieldError } from '#core';
import type { FieldCode } from './field-codes.js';
import { invalidRequest } from './invalid-request.js';
import { anyJsonOf, nestedOf, rulesOf } from './request-rules.js';
import { escapePointer, unstorableTexts } from './storable-text.js';

type Dto<T extends object> = new () => T;

/** The body as an instance of its DTO. Throws `validation_failed` with every wrong field: unknown, of a wrong type, out of bounds. */
export function readBody<T extends object>(dto: Dto<T>, body: unknown): T {
  const errors: FieldError[] = [];
  const instance = check(dto, body ?? {}, '', errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return instance as T;
}

/** The query string as an instance of its DTO: digits become numbers where the DTO wants one. */
export function readQuery<T extends object>(dto: Dto<T>, query: unknown): T {
  const typed = Object.entries((query ?? {}) as Record<string, unknown>).map(([name, value]) => {
    const wanted: unknown = Reflect.getMetadata('design:type', dto.prototype as object, name);
    return [name, wanted === Number && typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value];
  });
  return readBody(dto, Object.fromEntries(typed));
}

// No class-transformer: it drops members named `constructor` and `__proto__` instead of refusing them, and copies every metadata deeply.
function check(dto: Dto<object>, value: unknown, at: string, errors: FieldError[]): object | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    errors.push(wrong(at, 'invalid_type', 'must be an object'));
    return null;
  }
  const known = fieldsOf(dto);
  const nested = nestedOf(dto.prototype as object);
  const anyJson = anyJsonOf(dto.prototype as object);
  const instance = new dto();
  for (const [name, member] of Object.entries(value)) {
    const pointer = `${at}/${escapePointer(name)}`;
    if (!known.has(name)) errors.push(wrong(pointer, 'unknown_field', 'is not a field of this request'));
    else {
      const inner = nested.get(name);
      const checked: unknown =
        inner !== undefined && member !== null ? check(inner(), member, pointer, errors) : member;
      Object.defineProperty(instance, name, { value: checked, enumerable: true, writable: true, configurable: true });
      if (inner === undefined && !anyJson.has(name)) errors.push(...unstorableTexts(member, pointer));
    }
  }
  const spoiled = new Set(errors.map((error) => error.pointer));
  const found = validateSync(instance, { forbidUnknownValues: false });
  errors.push(...found.map((error) => describe(error, at)).filter((error) => !spoiled.has(error.pointer)));
  applyRules(instance, at, errors);
  return instance;
}

function applyRules(instance: object, at: string, errors: FieldError[]): void {
  const spoiled = errors.map((error) => error.pointer);
  for (const [name, rules] of rulesOf(Object.getPrototypeOf(instance) as object)) {
    const value = (instance as Record<string, unknown>)[name];
    const here = `${at}/${name}`;
    if (
      value === undefined ||
      value === null ||
      spoiled.some((pointer) => pointer === here || pointer.startsWith(`${here}/`))
    )
      continue;
    for (const rule of rules)
      rule(value, (pointer, code, detail) => errors.push({ pointer: here + pointer, code, detail }));
  }
}

const FIELDS = new Map<Dto<object>, Set<string>>();

function fieldsOf(dto: Dto<object>): Set<string> {
  let fields = FIELDS.get(dto);
  if (fields === undefined) {
    const validated = getMetadataStorage()
      .getTargetValidationMetadatas(dto, '', true, false)
      .map((entry) => entry.propertyName);
    const prototype = dto.prototype as object;
    fields = new Set([
      ...validated,
      ...rulesOf(prototype).keys(),
      ...nestedOf(prototype).keys(),
      ...anyJsonOf(prototype),
    ]);
    FIELDS.set(dto, fields);
  }
  return fields;
}

const CODES: Record<string, FieldCode> = {
  isDefined: 'required',
  isNotEmpty: 'required',
  isString: 'invalid_type',
  isInt: 'invalid_type',
  isNumber: 'invalid_type',
  isBoolean: 'invalid_type',
  isArray: 'invalid_type',
  isObject: 'invalid_type',
  min: 'out_of_range',
  max: 'out_of_range',
  isIn: 'not_allowed',
  maxLength: 'too_long',
  arrayMaxSize: 'too_long',
  minLength: 'too_short',
  arrayMinSize: 'too_short',
};

function describe(error: ValidationError, at: string): FieldError {
  const absent = error.value === undefined;
  const [constraint, message] = foremost(error.constraints ?? {});
  const detail = absent ? 'is required' : message.replace(`${error.property} `, '');
  return wrong(`${at}/${error.property}`, absent ? 'required' : (CODES[constraint] ?? 'invalid_value'), detail);
}

/** Of several broken constraints the one that CODES names first: that a text is no number says more than that it is not below ten. */
function foremost(constraints: Record<string, string>): readonly [name: string, message: string] {
  const name = Object.keys(CODES).find((known) => known in constraints) ?? Object.keys(constraints)[0] ?? '';
  return [name, constraints[name] ?? 'is not valid'];
}

function wrong(pointer: string, code: FieldCode, detail: string): FieldError {
  return { pointer, code, detail };
}
