import { describeEachBackend, TcpProxy } from '#testing';
import { AppProcess } from '../canary/app-process.js';
import { Fleet } from '../fleet/fleet.js';

describeEachBackend('an app that is started while Postgres is away', (backend) => {
  let fleet: Fleet;
  let way: TcpProxy;
  let app: AppProcess | null = null;

  beforeEach(async () => {
    fleet = await Fleet.start(backend, { dispatchers: 0 });
    const { hostname: host, port } = new URL(fleet.environment.DATABASE_URL ?? '');
    way = await TcpProxy.to({ host, port: Number(port) });
  });

  afterEach(async () => {
    await app?.stop();
    app = null;
    await way.close();
    await fleet.stop();
  });

  const start = (name: 'api' | 'dispatcher', change: (url: URL) => void = () => undefined): AppProcess => {
    const url = new URL(fleet.environment.DATABASE_URL ?? '');
    url.port = String(way.port);
    change(url);
    app = AppProcess.run(name, { ...fleet.environment, DATABASE_URL: url.href, API_PORT: '0', DISPATCHER_PORT: '0' });
    return app;
  };

  it.each(['api', 'dispatcher'] as const)('comes up by itself when it is back (%s)', async (name) => {
    await way.close();
    const started = start(name);
    await started.says(/"level":"error".*ECONNREFUSED/);
    await way.reopen();
    await started.says(/"msg":"(listening|holding lanes)"/);
  });

  it.each(['api', 'dispatcher'] as const)('ends at once when it is refused (%s)', async (name) => {
    const started = start(name, (url) => {
      url.password = 'wrong';
      url.username = 'nobody';
    });
    await started.end();
    expect(started.output).toMatch(new RegExp(`^${name}: .*nobody`, 'm'));
    expect(started.output).not.toContain('"level":"error"');
  });
});
