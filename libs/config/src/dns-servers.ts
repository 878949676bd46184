import { isIP, isPort } from 'class-validator';
import type { Kind } from './variable.js';
import { Unfit } from './variable.js';

const MUST = 'addresses of name servers such as 10.0.0.53,[2001:db8::53]:5353, separated by commas';

/** Name servers, each an address with or without a port. */
export const dnsServers: Kind<readonly string[]> = {
  type: 'name servers',
  read(text) {
    return text.split(',').map((server) => readServer(server.trim()));
  },
};

function readServer(text: string): string {
  const [, address = '', port = '53'] = /^\[?(.*?)\]?(?:(?<=\]|\.\d+):(\d+))?$/.exec(text) ?? [];
  if (isIP(address) && !address.includes('%') && isPort(port) && port !== '0') return text;
  throw new Unfit(MUST);
}
