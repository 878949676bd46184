import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { rawVariable } from '#config';

/** Imported into a process before its own program: at SIGUSR2 it collects its garbage and writes what it holds to `MEMORY_FILE`. */
export interface Held {
  heapBytes: number;
  residentBytes: number;
  /** Bytes of buffers, which lie outside of the heap. */
  externalBytes: number;
  /** What keeps the process alive, by Node's names for it. */
  handles: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const file = rawVariable('MEMORY_FILE') ?? '';

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, rss, external } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  writeFileSync(
    file,
    JSON.stringify({ heapBytes: heapUsed, residentBytes: rss, externalBytes: external, handles } satisfies Held),
  );
});
