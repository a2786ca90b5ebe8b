import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'hardhat/config'

const projectFolder = fileURLToPath(new URL('.', import.meta.url))
const compiler = {
  version: '0.8.37',
  path: fileURLToPath(new URL('./node_modules/solc/soljson.js', import.meta.url)),
}

// Tests deploy the artifacts of contracts/, so their own code may be compiled the quick way.
const tests = globSync('test/contracts/**/*.sol', { cwd: projectFolder })

export default defineConfig({
  solidity: {
    compilers: [
      { ...compiler, settings: { optimizer: { enabled: true, runs: 10_000 }, viaIR: true, evmVersion: 'cancun' } },
    ],
    overrides: Object.fromEntries(
      tests.map((test) => [
        test,
        { ...compiler, settings: { optimizer: { enabled: true, runs: 1 }, evmVersion: 'cancun' } },
      ]),
    ),
    npmFilesToBuild: ['@openzeppelin/contracts/access/manager/AccessManager.sol'],
  },
  paths: { tests: { solidity: './test/contracts' } },
  test: {
    solidity: {
      fsPermissions: { readDirectory: ['./test/vectors'] },
      fuzz: { runs: 64, seed: '0x636f6d6d6f6e77617474' },
      invariant: { runs: 16, depth: 32, failOnRevert: true },
    },
  },
})
