import 'reflect-metadata';
import { ValidateIf } from 'class-validator';

/** Reports what is wrong inside a value: the pointer is relative to it, `''` for the value itself. */
export type Report = (pointer: string, code: string, detail: string) => void;
export type Rule = (value: unknown, report: Report) => void;

const RULES = Symbol('rules');
const NESTED = Symbol('nested');
const ANY_JSON = Symbol('any-json');

/** A rule of our own on a property, for what class-validator cannot name: which element, which member, which code. Not asked about null. */
export function Follows(rule: Rule): PropertyDecorator {
  return (target, property) => {
    const rules = rulesOf(target);
    rules.set(String(property), [...(rules.get(String(property)) ?? []), rule]);
    Reflect.defineMetadata(RULES, rules, target);
  };
}

/** The property is an object with rules of its own. */
export function Nested(dto: () => new () => object): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(NESTED, new Map(nestedOf(target)).set(String(property), dto), target);
  };
}

/** The property is any JSON value, which is taken as bytes: nothing in it is looked at. */
export function AnyJson(): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(ANY_JSON, new Set(anyJsonOf(target)).add(String(property)), target);
  };
}

/** For a merge patch: the field may be absent, but null is no value for it. */
export function IfPresent(): PropertyDecorator {
  return ValidateIf((_object, value: unknown) => value !== undefined);
}

export function rulesOf(target: object): Map<string, Rule[]> {
  return new Map(Reflect.getMetadata(RULES, target) as Map<string, Rule[]> | undefined);
}

export function nestedOf(target: object): Map<string, () => new () => object> {
  return new Map(Reflect.getMetadata(NESTED, target) as Map<string, () => new () => object> | undefined);
}

export function anyJsonOf(target: object): Set<string> {
  return new Set(Reflect.getMetadata(ANY_JSON, target) as Set<string> | undefined);
}
