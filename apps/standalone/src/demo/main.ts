import { SingleBar } from 'cli-progress';
import { loadGroups } from '#config';
import { readDevFile } from '../dev-file.js';
import { Demo } from './demo.js';
import { complaints, table } from './report.js';

// npm run demo: 329 real payloads through a running npm start.
try {
  const dev = await readDevFile(loadGroups(['standalone']).standalone.dataDir);
  if (!dev || !(await isUp(dev.apiUrl)) || !(await isUp(dev.inspectorUrl))) {
    console.error('Nothing answers: run npm start in another terminal first.');
    process.exit(1);
  }
  const bar = new SingleBar({ format: 'webhooks {bar} {value}/{total}', hideCursor: true });
  const rows = await new Demo(dev, bar).run();
  const wrong = complaints(rows);
  console.log(`\n${table(rows)}\n`);
  console.log(wrong.length === 0 ? 'All is well.' : wrong.join('\n'));
  process.exit(wrong.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? `\n${error.message}` : error);
  process.exit(1);
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
}
