import { fileURLToPath } from 'node:url'
import { defineConfig } from 'hardhat/config'

export default defineConfig({
  solidity: {
    version: '0.8.37',
    path: fileURLToPath(new URL('./node_modules/solc/soljson.js', import.meta.url)),
    settings: { optimizer: { enabled: true, runs: 1_000 }, viaIR: true, evmVersion: 'cancun' },
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
