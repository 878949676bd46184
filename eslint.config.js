import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.spec.ts', 'test/**/*.ts', 'libs/testing/**/*.ts'];
const CONFIG_FILES = ['*.config.js', '.dependency-cruiser.js', 'test/jest/*.ts'];

const readsEnvironment = 'Only libs/config reads the environment; take what you need from loadConfig().';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'test-results/', '.posthorn/', 'apps/console/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }], // a Nest module is one
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // DTOs and entities are shapes without methods
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    rules: {
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: readsEnvironment }],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:process', 'process'].map((name) => ({ name, importNames: ['env'], message: readsEnvironment })),
        },
      ],
      eqeqeq: 'error',
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: TESTS,
    rules: {
      'no-restricted-properties': 'off', // a test hands an environment to the processes it starts
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off', // an undefined element fails the test just as well
      '@typescript-eslint/no-unsafe-assignment': 'off', // expect.any() is any
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off', // a fake of something asynchronous need not wait
    },
  },
  {
    files: ['apps/api/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...['node:process', 'process'].map((name) => ({ name, importNames: ['env'], message: readsEnvironment })),
            { name: '#egress', importNames: ['Egress'], message: 'The API resolves names; it sends nothing.' },
          ],
        },
      ],
    },
  },
  { files: ['libs/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['apps/standalone/**/*.ts', 'bench/**/*.ts', 'simulate/**/*.ts', 'scripts/**/*.mjs'],
    rules: { 'no-console': 'off' },
  },
  { files: CONFIG_FILES, rules: { 'no-restricted-exports': 'off' } },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'Buffer', 'URL', 'setTimeout', 'setInterval', 'clearInterval', 'module'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  prettier,
);
