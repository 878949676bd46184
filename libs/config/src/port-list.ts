import { isPort } from 'class-validator';
import type { PortRange } from '#core';
import type { Kind } from './variable.js';
import { Unfit } from './variable.js';

const MUST = 'ports from 1 to 65535 or ranges of them such as 3000,8000-8999, separated by commas';

/** Ports and ranges of ports, both ends included. */
export const portList: Kind<readonly PortRange[]> = {
  type: 'ports',
  read(text) {
    return text.split(',').map((range) => readRange(range.trim()));
  },
};

function readRange(text: string): PortRange {
  const [first = '', last = first, ...rest] = text.split('-');
  if (rest.length > 0 || !isPort(first) || !isPort(last)) throw new Unfit(MUST);
  const range = { first: Number(first), last: Number(last) };
  if (range.first < 1 || range.last < range.first) throw new Unfit(MUST);
  return range;
}
