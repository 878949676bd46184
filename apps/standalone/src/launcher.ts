import { loadGroups } from '#config';
import type { MasterKey } from '#config';
import { STOP_APPS_MS, appList, inspectorApp } from './app-list.js';
import { addressesOf } from './addresses.js';
import { banner } from './banner.js';
import { childLine } from './child-line.js';
import { openDataHome } from './data-home.js';
import type { DataHome } from './data-home.js';
import { DEV_FILE } from './dev-file.js';
import type { DevFile } from './dev-file.js';
import { expectFreePorts } from './expect-free-ports.js';
import { expectRedis } from './expect-redis.js';
import { openOwnDatabase } from './open-database.js';
import { prepareDatabase } from './prepare-database.js';
import { seed } from './seed.js';
import { readSettings } from './settings.js';
import type { Settings } from './settings.js';
import { SupervisedApp } from './supervised-app.js';
import type { App } from './supervised-app.js';

type Say = (line: string) => void;

/** All of Posthorn on one machine: started in order, stopped in the reverse order. */
export class Launcher {
  private readonly apps: SupervisedApp[] = [];
  private stopDatabase: () => Promise<void> = () => Promise.resolve();
  private home: DataHome | null = null;

  constructor(private readonly say: Say) {}

  /** Resolves when every app is ready. Throws ConfigError or StartError. */
  async start(): Promise<void> {
    const settings = await readSettings();
    const addresses = addressesOf(settings.http);
    this.home = await openDataHome(settings.dataDir);
    await expectFreePorts(settings.http);
    if (settings.redisUrl !== null) await expectRedis(settings.redisUrl);

    const inspecting = this.supervise(inspectorApp(settings, addresses)); // needs no database: starts meanwhile
    inspecting.catch(() => undefined); // looked at below
    const database = await this.openDatabase(settings, this.home);
    await prepareDatabase(database.url, settings);

    const masterKeys = settings.masterKeys ?? this.home.remembered.masterKeys;
    const dev: DevFile = {
      ...{ apiUrl: addresses.api, adminUrl: addresses.admin, inspectorUrl: addresses.inspector },
      ...{ tenantKey: this.home.remembered.tenantKey, operatorToken: this.home.remembered.operatorToken },
      ...{ databaseUrl: database.url, queue: settings.redisUrl === null ? 'postgres' : 'redis' },
    };
    await seed({ ...dev, masterKeys: readKeys(masterKeys) });
    await this.home.write(DEV_FILE, `${JSON.stringify(dev, null, 2)}\n`);

    const apps = appList(settings, addresses, { databaseUrl: database.url, masterKeys });
    await Promise.all([inspecting, ...apps.map((app) => this.supervise(app))]);
    this.say(banner(dev, database.shown));
  }

  /** Within 5 s. The database goes last: the apps still write down what they finished. */
  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop(STOP_APPS_MS)));
    await this.stopDatabase();
    await this.home?.leave();
  }

  private async supervise(app: App): Promise<void> {
    const print = (name: string, line: string): void => {
      this.say(childLine(name, line));
    };
    const supervised = new SupervisedApp(app, print, this.say);
    this.apps.push(supervised);
    await supervised.start();
  }

  private async openDatabase(settings: Settings, home: DataHome): Promise<{ url: string; shown: string }> {
    if (settings.databaseUrl !== null) {
      return { url: settings.databaseUrl, shown: `Postgres at ${new URL(settings.databaseUrl).host}` };
    }
    const own = await openOwnDatabase(home, this.say);
    this.stopDatabase = () => own.stop();
    return { url: own.url, shown: `embedded Postgres in ${own.directory}` };
  }
}

function readKeys(text: string): readonly MasterKey[] {
  return loadGroups(['secrets'], { MASTER_KEYS: text }).secrets.masterKeys;
}
