import { ConfigError, rawVariable } from '#config';
import { Launcher } from './launcher.js';
import { StartError } from './start-error.js';
import { whenParentEnds } from './when-parent-ends.js';

// npm start: everything on this machine, in the foreground.
const launcher = new Launcher((line) => {
  console.log(line);
});

let stopping = false;
const end = (code: number): void => {
  if (stopping) return;
  stopping = true;
  void launcher.stop().finally(() => process.exit(code));
};
const isStopping = (): boolean => stopping; // it changes while we wait below
const interrupted = (): void => {
  if (stopping) process.exit(1); // a second Ctrl-C: at once; the children notice
  console.log('Stopping.');
  end(0);
};
process.on('SIGINT', interrupted);
process.on('SIGTERM', interrupted);
process.on('SIGHUP', interrupted);
if (rawVariable('npm_lifecycle_event') !== undefined) whenParentEnds(interrupted);

try {
  await launcher.start();
} catch (error) {
  if (!isStopping()) {
    const clear = error instanceof StartError || error instanceof ConfigError;
    console.error(clear ? error.message : error);
    end(1);
  }
}
