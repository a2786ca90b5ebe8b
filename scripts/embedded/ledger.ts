import hre from 'hardhat'
import { z } from 'zod'

/**
 * Runs a Hardhat node with JSON-RPC on 127.0.0.1 until the process that started it ends. Its ledger lives in memory.
 * Says `{ "ready": true }` over IPC when it answers.
 */
const options = z
  .object({
    port: z.number().int(),
    /** Unix seconds of the genesis block. */
    genesisTime: z.number().int(),
    /** `each`: a block per transaction. `interval`: one a second. */
    mining: z.enum(['each', 'interval']),
    /** Addresses with ether for fees in the genesis block, by private key. */
    privateKeys: z.array(z.string()),
  })
  .parse(JSON.parse(process.env.COMMONWATT_EMBEDDED_LEDGER ?? '{}'))

const server = await hre.network.createServer(
  {
    network: 'default',
    override: {
      chainId: 31_337,
      initialDate: new Date(options.genesisTime * 1000),
      accounts: options.privateKeys.map((privateKey) => ({ privateKey, balance: 10n ** 24n })),
      mining: { auto: options.mining === 'each', interval: options.mining === 'interval' ? 1000 : 0 },
      initialBaseFeePerGas: 0,
      // So large that no block is ever half full: the base fee stays at zero, as a consortium sets it.
      blockGasLimit: 1_000_000_000,
    },
  },
  '127.0.0.1',
  options.port,
)
await server.listen()
process.send?.({ ready: true })

const stop = () => void server.close().finally(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', () => undefined)
process.on('disconnect', stop)
