/** How a variable's text becomes a value. Throws `Unfit` with the rest of the sentence "NAME … must be …". */
export interface Kind<Value> {
  /** As the documentation names it: `integer`, `text`, … */
  readonly type: string;
  read(text: string): Value;
}

/** What a variable must be, said so that it completes "NAME must be …". */
export class Unfit extends Error {}

/** One row of the table of variables: all that validation, freezing and the documentation know about it. */
export interface Variable<Value> {
  readonly name: string;
  readonly type: string;
  /** What holds when the variable is unset or empty; null = nothing. */
  readonly default: Value;
  /** As the documentation shows the default. */
  readonly defaultText: string;
  readonly unit: string | null;
  /** One sentence. */
  readonly describes: string;
  /** No value: the process does not start. */
  readonly required: boolean;
  /** Never shown, not even in the sentence that says it is wrong. */
  readonly secret: boolean;
  read(text: string): Value;
}

interface About<Value> {
  default: Value;
  /** Shown instead of the default itself. */
  defaultText?: string;
  unit?: string;
  secret?: boolean;
}

/** A variable that has a default (null = off). */
export function variable<Value>(
  name: string,
  kind: Kind<Value>,
  describes: string,
  about: About<Value>,
): Variable<Value> {
  return {
    name,
    type: kind.type,
    default: about.default,
    defaultText: about.defaultText ?? String(about.default ?? ''),
    unit: about.unit ?? null,
    describes,
    required: false,
    secret: about.secret ?? false,
    read: (text) => kind.read(text),
  };
}

/** A variable that a process cannot do without. */
export function required<Value>(
  name: string,
  kind: Kind<Value>,
  describes: string,
  about: { secret: boolean },
): Variable<Value> {
  const missing = undefined as Value; // never handed out: reading fails before
  return { ...variable(name, kind, describes, { default: missing, ...about }), required: true };
}
