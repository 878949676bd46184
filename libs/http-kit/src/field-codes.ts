/** The codes an entry of a problem's `errors` can carry besides the problem codes themselves. */
export const FIELD_CODES = {
  required: 'the field must be there',
  unknown_field: 'the request has no such field',
  invalid_type: 'the value is of another JSON type, or not a whole number',
  out_of_range: 'the number is too small or too large',
  too_long: 'the text, list or object is too long',
  too_short: 'the text or list is too short',
  not_allowed: 'the value is not one of those listed',
  invalid_value: 'the value does not have the form the field asks for',
  text_invalid: 'the text holds NUL or half of a surrogate pair, which cannot be stored',
} as const;

export type FieldCode = keyof typeof FIELD_CODES;
