import { integer } from './kinds.js';
import { variable } from './variable.js';

/** A whole number with its bounds, its default and what it counts. */
type Amount = readonly [least: number, most: number, standard: number, unit: string];

export const ms = (least: number, most: number, standard: number): Amount => [least, most, standard, 'ms'];
export const count = (most: number, standard: number, unit: string): Amount => [1, most, standard, unit];
/** The same where nothing at all has a meaning of its own. */
export const countOrNone = (most: number, standard: number, unit: string): Amount => [0, most, standard, unit];

/** A variable that is such a number. */
export const number = (name: string, describes: string, [least, most, standard, unit]: Amount) =>
  variable(name, integer(least, most), describes, { default: standard, unit });
