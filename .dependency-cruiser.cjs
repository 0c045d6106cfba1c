const inside = (...packages) => `^(packages|services)/(${packages.join('|')})/`;
const ADAPTERS = ['broker-kafka', 'broker-pubsub', 'broker-memory', 'store-postgres', 'store-memory'];
const EMULATORS = ['emulator-kafka', 'emulator-pubsub'];

/** What production code of `from` may import of the workspace, beside itself. Everything else is an error. */
const allowed = {
  core: [],
  'durable-log': [],
  'emulator-process': ['durable-log'],
  'embedded-postgres': [],
  streams: ['core', 'schemas'],
  schemas: ['core'],
  runtime: ['core'],
  http: ['core', 'runtime'],
  ...Object.fromEntries(ADAPTERS.map((name) => [name, ['core']])),
  ...Object.fromEntries(EMULATORS.map((name) => [name, ['durable-log', 'emulator-process']])),
  wiring: ['core', 'runtime', ...ADAPTERS],
  'contract-tests': ['core', 'testing'],
  testing: [],
  ingest: ['core', 'http', 'runtime', 'schemas', 'streams', 'wiring'],
  consumer: ['core', 'http', 'runtime', 'schemas', 'streams', 'wiring'],
  query: ['core', 'http', 'runtime', 'schemas', 'streams', 'wiring'],
  cli: ['core', 'http', 'runtime', 'streams', 'wiring', 'embedded-postgres', ...EMULATORS],
};

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(allowed).map(([from, to]) => ({
      name: `${from}-imports-only-${to.join('-') || 'itself'}`,
      severity: 'error',
      from: { path: inside(from), pathNot: ['\\.test\\.ts$', '/src/testing/'] },
      to: { path: '^(packages|services)/', pathNot: inside(from, ...to) },
    })),
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: inside('core', 'streams', 'schemas'), pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|timers/promises|util)$' },
    },
    {
      name: 'entry-only',
      comment: 'another package is imported by its name, never by a path into it',
      severity: 'error',
      from: { path: '^(packages|services)/([^/]+)/' },
      to: {
        path: '^(packages|services)/',
        pathNot: ['^(packages|services)/$2/', '^(packages|services)/[^/]+/src/index\\.ts$'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
