import { z } from 'zod'
import { connectLedger, CONTRACT_NAMES, type Ledger, type LedgerAddresses } from '../services/chain/ledger.ts'
import { DomainError } from '../services/domain/errors.ts'
import { readKey, type Role } from '../services/chain/role-keys.ts'
import { callApi } from './api-call.ts'
import { readSettings } from './settings.ts'

/** The flags by which a command finds the running market, and their help. */
export const MARKET_FLAGS = ['data', 'api-port', 'ledger-port', 'ledger-url'] as const
export const MARKET_HELP = `  --data <folder>     with the keys [.commonwatt]
  --api-port <port>   of the running market [8420]
  --ledger-url <url>  of its ledger [http://127.0.0.1:8421]`

/** What a command has of the running market; its keys never leave the data folder. */
export type RunningMarket = {
  readonly ledger: Ledger
  readonly dataFolder: string
  readonly keyOf: (role: Role) => Promise<string>
}

const address = z.string().regex(/^0x[0-9a-f]{40}$/)
const identity = z.object({
  chainId: z.number(),
  contracts: z.object(Object.fromEntries(CONTRACT_NAMES.map((name) => [name, address]))),
})

/** Works with the running market's ledger, whose contracts its api names. Throws `ledger-of-another-market`. */
export async function withMarket<Result>(
  flags: Readonly<Record<string, string | undefined>>,
  work: (market: RunningMarket) => Promise<Result>,
): Promise<Result> {
  const given = MARKET_FLAGS.flatMap((flag) => (flags[flag] === undefined ? [] : [`--${flag}`, flags[flag]]))
  const { apiPort, ledgerPort, ledgerUrl, dataFolder } = readSettings(given)
  const { chainId, contracts } = await callApi(`http://127.0.0.1:${apiPort}/api/ledger`, identity)
  const url = ledgerUrl ?? `http://127.0.0.1:${ledgerPort}`
  const ledger = await connectLedger({ url, addresses: contracts as unknown as LedgerAddresses })
  try {
    const code: unknown = await ledger.provider.send('eth_getCode', [ledger.addresses.council, 'latest'])
    if (ledger.chainId !== BigInt(chainId) || code === '0x') {
      throw new DomainError(
        'ledger-of-another-market',
        `the ledger at ${url} is not the one of the api on port ${apiPort}`,
      )
    }
    return await work({ ledger, dataFolder, keyOf: (role) => readKey(dataFolder, role) })
  } finally {
    ledger.close()
  }
}
