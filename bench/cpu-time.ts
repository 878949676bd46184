import { readdirSync, readFileSync } from 'node:fs';

/** Of the kernel's clock in /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const MICROSECONDS = 1_000_000 / TICKS_PER_SECOND;

// Fields of /proc/<pid>/stat, counted from the one after the name (which may hold anything).
const PARENT = 1;
const USER = 11;
const CHILDREN_SYSTEM = 14;

/** CPU time that a process and everything below it has used so far, in microseconds; the ended ones count too, if they were waited for. */
export function cpuTime(pid: number): number {
  const table = readAll();
  const below = (parent: number): number =>
    [...table].reduce((sum, [child, fields]) => sum + (fields[PARENT] === parent ? used(child) : 0), 0);
  const used = (of: number): number => {
    const times = table.get(of)?.slice(USER, CHILDREN_SYSTEM + 1) ?? [];
    return times.reduce((sum, ticks) => sum + ticks, 0) + below(of);
  };
  return used(pid) * MICROSECONDS;
}

function readAll(): Map<number, number[]> {
  const table = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      table.set(
        Number(name),
        stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number),
      );
    } catch {
      // it has just ended
    }
  }
  return table;
}
