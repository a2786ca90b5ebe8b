import { defineConfig, globalIgnores } from 'eslint/config'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import { importX } from 'eslint-plugin-import-x'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

const SERVICES = ['gateway', 'agent', 'market-operator', 'registrar', 'indexer', 'api', 'grid-operator', 'aggregator']
const SHARED = ['domain', 'chain', 'store', 'runtime', 'credentials']

const FEATURES = [
  'account',
  'area',
  'health',
  'household',
  'invitations',
  'joining',
  'ledger',
  'market',
  'neighbourhood',
  'sign-in',
]

/** What may import what, as docs/architecture.md draws it. */
const zones = [
  { target: './services/domain', from: './', except: ['./services/domain', './node_modules'] },
  { target: './services/chain', from: './services', except: ['./chain', './domain'] },
  { target: './services/store', from: './services', except: ['./store', './domain'] },
  { target: './services/runtime', from: './services', except: ['./runtime', './domain'] },
  { target: './services/credentials', from: './services', except: ['./credentials', './domain'] },
  ...SERVICES.map((service) => ({
    target: `./services/${service}`,
    from: './services',
    except: [`./${service}`, ...SHARED.map((folder) => `./${folder}`)],
  })),
  { target: './services', from: ['./web', './scripts', './test', './bench'] },
  // The browser signs as the services do: the digests of orders and calls, and no other part of the ledger.
  {
    target: './web',
    from: './services',
    except: ['./domain', './chain/daily-keys.ts', './chain/orders.ts', './chain/typed-data.ts'],
  },
  { target: './web/src/ui', from: './web/src', except: ['./ui', './lib'] },
  { target: './web/src/lib', from: './web/src', except: ['./lib'] },
  ...FEATURES.map((feature) => ({
    target: `./web/src/features/${feature}`,
    from: './web/src',
    except: [`./features/${feature}`, './ui', './lib'],
  })),
]

export default defineConfig(
  globalIgnores(['node_modules', '**/dist', '**/generated', 'artifacts', 'cache', '.commonwatt', 'coverage']),
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/require-await': 'off',
      // Units are branded bigints, which the rule does not take for numbers.
      '@typescript-eslint/no-unsafe-unary-minus': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['services/**', 'web/**', 'scripts/**', 'bench/**', 'test/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['ethers', 'ethers/*'], message: 'ethers is used in services/chain alone' },
            {
              group: ['@prisma/*', 'pg', '**/store/generated/*'],
              message: 'Prisma and pg are used in services/store alone',
            },
            {
              group: ['did-jwt', 'did-jwt-vc', '@sd-jwt/*'],
              message: 'the credential libraries are used in services/credentials alone',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['services/chain/**', 'services/store/**', 'services/credentials/**', 'test/**', 'bench/**'],
    rules: { 'no-restricted-imports': 'off' },
  },
  { files: ['services/**/*.ts', 'web/**/*.{ts,tsx}'], rules: { 'no-console': 'error' } },
  { files: ['web/**/*.{ts,tsx}'], plugins: { 'react-hooks': reactHooks }, rules: reactHooks.configs.recommended.rules },
  { files: ['*.config.ts', 'eslint.config.js', '**/*.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.disableTypeChecked] },
)
