import { readFileSync } from 'node:fs';

const ofTheImage = /\bNODE_OPTIONS=(\S+)/.exec(readFileSync('Dockerfile', 'utf8'))?.[1] ?? '';

/** As in the image, and what a test adds: with Node's own young generation a dispatcher pauses for its garbage every two seconds. */
export const nodeOptions = (more = ''): string => `${ofTheImage} ${more}`.trim();
