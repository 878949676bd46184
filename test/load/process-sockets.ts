import { readdir, readFile, readlink } from 'node:fs/promises';

/** The local ports of a process's TCP connections, from /proc: so a receiver's record can be told apart by sender. */
export async function localPorts(pid: number): Promise<ReadonlySet<number>> {
  const inodes = new Set(await socketsOf(pid));
  const lines = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).trim().split('\n').slice(1);
  const ports = lines.map((line) => line.trim().split(/\s+/)).filter((columns) => inodes.has(columns[9] ?? ''));
  return new Set(ports.map((columns) => parseInt(columns[1]?.split(':')[1] ?? '', 16)));
}

async function socketsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  // A descriptor may be closed while we look.
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}
