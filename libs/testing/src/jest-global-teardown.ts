import './jest-global-setup.js';

// eslint-disable-next-line no-restricted-exports -- Jest calls the default export
export default async function tearDown(): Promise<void> {
  await globalThis.posthornTestServers?.();
  globalThis.posthornTestServers = undefined;
}
