/** Lets a process's wall clock be wrong by what it is told. Its monotonic clock stays right, as when a machine's time is set. */
const RealDate = globalThis.Date;
let offMs = 0;

class ShiftedDate extends RealDate {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(RealDate.now() + offMs);
    else super(...(parts as [number]));
  }

  static override now(): number {
    return RealDate.now() + offMs;
  }
}

process.on('message', (order: { clockOffMs?: number }) => {
  if (order.clockOffMs === undefined) return;
  offMs = order.clockOffMs;
  globalThis.Date = offMs === 0 ? RealDate : (ShiftedDate as DateConstructor);
});
