import { fileURLToPath } from 'node:url'
import { defineConfig } from 'hardhat/config'

export default defineConfig({
  solidity: {
    version: '0.8.37',
    path: fileURLToPath(new URL('./node_modules/solc/soljson.js', import.meta.url)),
    settings: { optimizer: { enabled: true, runs: 10_000 }, viaIR: true, evmVersion: 'cancun' },
  },
})
