const OS = 'darwin|linux|win32|android|freebsd|openharmony';
const CPU = 'arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64';
const PLATFORM = new RegExp(`-(${OS})-(${CPU})(?:-(\\w+))?$`);

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
/** SHA-512 is 64 bytes. */
const HASH = /^sha512-[A-Za-z0-9+/]{86}==$/;
/** Where CI and the image run: nothing is installed there without its hash. */
const OURS = /-linux-(x64|arm64)(-|$)/;

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, link?: boolean, resolved?: string, integrity?: string, optionalDependencies?: Record<string, string> }} Locked
 * @typedef {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string>, overrides?: object }} Manifest
 * @typedef {{ path: string, version: string, os: string, cpu: string, libc: string | null, dev: boolean }} PlatformBuild
 */

/**
 * The optional native builds (`@scope/name-<os>-<cpu>[-<abi>]`) that locked packages name but the lock file does not list.
 * @param {Record<string, Locked>} packages
 * @returns {PlatformBuild[]}
 */
export function missingPlatformBuilds(packages) {
  const missing = [];
  for (const { dev = false, optionalDependencies = {} } of Object.values(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const platform = PLATFORM.exec(name);
      if (platform === null || Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))) continue;
      const [, os, cpu, abi] = platform;
      missing.push({ path: `node_modules/${name}`, version, os, cpu, libc: libcOf(abi), dev });
    }
  }
  return missing;
}

/** @param {string | undefined} abi */
const libcOf = (abi) => (abi?.startsWith('musl') ? 'musl' : abi?.startsWith('gnu') ? 'glibc' : null);

/**
 * An address (it ties everybody to one registry, or names a place that is none), a version that is not exact, a package without the hash
 * that `npm ci` compares what it downloads with, and a native build for another platform that is not listed.
 * @param {{ packages: Record<string, Locked> }} lock
 * @param {Manifest} manifest
 * @returns {string[]}
 */
export function lockfileFindings({ packages }, manifest) {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
  return [
    ...Object.entries(packages).flatMap(([path, entry]) =>
      (path === '' ? [] : faultsOf(path, entry)).map((fault) => `package-lock.json: ${path} ${fault}`),
    ),
    ...missingPlatformBuilds(packages).map(
      ({ path }) => `package-lock.json: ${path} is not listed: node scripts/complete-lockfile.mjs`,
    ),
    ...Object.entries(wanted)
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `package.json: ${name} must be an exact version, not ${version}`),
    ...inexactOverrides(manifest.overrides ?? {}).map(
      (name) => `package.json: the override of ${name} must be an exact version`,
    ),
  ];
}

/** @param {string} path @param {Locked} entry @returns {string[]} */
function faultsOf(path, { version = '', resolved, link, integrity, optional }) {
  const faults = [];
  if (resolved !== undefined || link) faults.push('is tied to an address ("resolved")');
  if (!EXACT.test(version)) faults.push(`has no exact version (${version})`);
  // complete-lockfile.mjs knows no hash for what the registry at hand does not have.
  const elsewhere = optional && PLATFORM.test(path) && !OURS.test(path);
  if (integrity === undefined ? !elsewhere : !HASH.test(integrity)) faults.push('has no SHA-512 ("integrity")');
  return faults;
}

/** `$name` stands for the version in dependencies. @param {object} overrides @returns {string[]} */
function inexactOverrides(overrides) {
  return Object.entries(overrides).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return inexactOverrides(value);
    return EXACT.test(value) || /^\$/.test(value) ? [] : [name];
  });
}
