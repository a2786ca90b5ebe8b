import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'hardhat/config'
import type { HardhatPlugin } from 'hardhat/types/plugins'

const compiler = { version: '0.8.37', path: fileURLToPath(new URL('./node_modules/solc/soljson.js', import.meta.url)) }
const evmVersion = 'cancun'

/** Tests deploy what users deploy (test/contracts/Deployment.sol). They themselves are compiled fast, twelve times as fast. */
const ofTests = {
  ...compiler,
  settings: {
    evmVersion,
    optimizer: {
      enabled: false,
      details: {
        peephole: true,
        jumpdestRemover: true,
        inliner: false,
        orderLiterals: false,
        deduplicate: false,
        cse: false,
        constantOptimizer: false,
        yul: true,
        yulDetails: { stackAllocation: true, optimizerSteps: 'u' },
      },
    },
  },
}
/** Hardhat compiles in one go what has the same settings, the same object that is: all tests, and not each by itself. */
const testsTogether: HardhatPlugin = {
  id: 'tests-together',
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        resolveUserConfig: async (user, resolveVariable, next) => {
          const resolved = await next(user, resolveVariable)
          for (const profile of Object.values(resolved.solidity.profiles)) {
            const [first] = Object.values(profile.overrides)
            for (const file of Object.keys(profile.overrides)) profile.overrides[file] = first!
          }
          return resolved
        },
      }),
    }),
  },
}
const tests = globSync('test/contracts/**/*.sol', { cwd: fileURLToPath(new URL('.', import.meta.url)) })

export default defineConfig({
  plugins: [testsTogether],
  solidity: {
    compilers: [{ ...compiler, settings: { optimizer: { enabled: true, runs: 1_000 }, viaIR: true, evmVersion } }],
    overrides: Object.fromEntries(tests.map((file) => [file, ofTests])),
    npmFilesToBuild: ['@openzeppelin/contracts/access/manager/AccessManager.sol'],
  },
  paths: { tests: { solidity: './test/contracts' } },
  test: {
    solidity: {
      fsPermissions: { readDirectory: ['./test/vectors'] },
      fuzz: { runs: 64, seed: '0x636f6d6d6f6e77617474' },
      // So many runs take minutes: where every change is checked, not where it is made.
      invariant: { ...(process.env.CI ? { runs: 10_000, depth: 4 } : { runs: 16, depth: 32 }), failOnRevert: true },
    },
  },
})
