import { isIP } from 'class-validator';
import type { Kind } from './variable.js';
import { Unfit } from './variable.js';

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const MUST = 'address ranges such as 127.0.0.0/8,::1/128, separated by commas';

/** Address ranges, each as `address/prefix`; a bare address is the range of itself. */
export const cidrList: Kind<readonly string[]> = {
  type: 'address ranges',
  read(text) {
    return text.split(',').map((range) => readRange(range.trim()));
  },
};

function readRange(text: string): string {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address, 4) ? IPV4_BITS : isIP(address, 6) && !address.includes('%') ? IPV6_BITS : null;
  if (bits === null || rest.length > 0) throw new Unfit(MUST);
  if (prefix === undefined) return `${address}/${String(bits)}`;
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits) throw new Unfit(MUST);
  return text;
}
