/** Longer than a stop may take; then the process ends whatever it is doing. */
const AT_MOST_MS = 4_000;

/**
 * Makes a process that `npm start` started end when its parent does, also when the parent is killed: the channel between them closes then.
 * It gets a SIGTERM, as from the parent itself, and little time. Does nothing in a process that was started otherwise. Call it first: a
 * process that hangs while it starts ends too.
 */
export function exitWithParent(): void {
  const connected = process.connected as boolean | undefined; // undefined: there never was a channel
  if (connected === undefined) return;
  const end = (): void => {
    setTimeout(() => process.exit(1), AT_MOST_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  };
  if (!connected) {
    end();
    return;
  }
  process.once('disconnect', end);
  process.channel?.unref(); // listening for the end must not itself keep the process alive
}
