const OS = 'darwin|linux|win32|android|freebsd|openharmony';
const CPU = 'arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64';
const PLATFORM = new RegExp(`-(${OS})-(${CPU})(?:-(\\w+))?$`);

/**
 * @typedef {{ version?: string, dev?: boolean, optionalDependencies?: Record<string, string> }} Locked
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
