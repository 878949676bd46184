import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Compose {
  services: Record<string, { command?: string[]; build?: string }>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;
const dockerfile = readFileSync('Dockerfile', 'utf8');

const own = Object.entries(compose.services).filter(([, service]) => service.build !== undefined);

const started = [
  ...own.map(([name, { command }]) => [name, command?.[1] ?? 'no command'] as const),
  ['Dockerfile', /CMD \["node", "([^"]+)"\]/.exec(dockerfile)?.[1] ?? 'no command'] as const,
];

it('runs migrations and every app of the platform', () => {
  expect(own.map(([name]) => name)).toEqual(['migrate', 'api', 'dispatcher', 'admin']);
});

it.each(started)('%s starts a file that the build makes', (_, script) => {
  expect(script).toMatch(/^dist\/.+\.js$/);
  expect(existsSync(script.replace(/^dist\//, '').replace(/\.js$/, '.ts'))).toBe(true);
});

it('copies into the image nothing that .dockerignore holds back', () => {
  const sent = readFileSync('.dockerignore', 'utf8').split('\n');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => files!.split(' '));
  for (const file of copied.filter((name) => name !== '.')) expect(sent).toContain(`!${file}`);
});
