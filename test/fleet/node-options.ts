import { readFileSync } from 'node:fs';

const found = /\bNODE_OPTIONS=(\S+)/.exec(readFileSync('Dockerfile', 'utf8'))?.[1];

/** What the image starts its processes with: with Node's own young generation a dispatcher pauses for its garbage every two seconds. */
export const IMAGE_NODE_OPTIONS = found ?? '';
