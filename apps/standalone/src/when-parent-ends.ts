const POLL_MS = 500;

/** Tells when the process that started this one (npm) has ended, which kill -9 of npm would otherwise leave unnoticed. */
export function whenParentEnds(tell: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    tell();
  }, POLL_MS);
  timer.unref();
}
